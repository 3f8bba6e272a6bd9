// Chance that is the same on every machine: everything in the world is drawn from a seed by integer
// arithmetic, so that one seed and one date give one world. Ids come from here too.
import { createHash } from 'node:crypto'

/** 128 bits from which draws and ids follow. */
export type Key = readonly [number, number, number, number]

export function keyOf(text: string): Key {
  const hash = createHash('sha256').update(text).digest()
  return [hash.readUInt32LE(0), hash.readUInt32LE(4), hash.readUInt32LE(8), hash.readUInt32LE(12)]
}

/** The finalizer of MurmurHash3: a bijection on 32 bits. */
function mix(value: number): number {
  let h = value >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A number in [0, 2^32) that belongs to `index` under `key`. */
export function drawAt(key: Key, index: number): number {
  return mix(mix(index ^ key[0]) ^ key[1])
}

export interface Draws {
  /** In [0, 1). */
  fraction(): number
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly [T, ...T[]]): T
}

/** A sequence of draws (mulberry32) of its own for each index under a key. */
export function drawsFor(key: Key, index: number): Draws {
  let state = drawAt(key, index)
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    fraction,
    whole: (low, high) => low + Math.floor(fraction() * (high - low + 1)),
    chance: (probability) => fraction() < probability,
    pick: (list) => list[Math.floor(fraction() * list.length)] ?? list[0],
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Plaid's ids have about 37 characters: six of the first word, five of each other, one more. */
const ID_WORDS = 6

/**
 * An id in Plaid's shape. Its first six characters hold a bijection of `index` (below 2^32), so
 * that two indexes never share an id under one key.
 */
export function idAt(key: Key, index: number): string {
  const first = drawAt(key, index)
  let id = letters(first, 6)
  for (let word = 0; word < ID_WORDS; word++) {
    const salt = mix((word & 1) === 0 ? key[2] + word : key[3] + word)
    id += letters(mix(first ^ salt), 5)
  }
  return id + letters(mix(first), 1)
}

/** The index whose id this is under `key`; undefined when it is none's. */
export function indexOfId(key: Key, id: string): number | undefined {
  let first = 0
  for (let at = 4; at >= 0; at -= 2) {
    first = first * PAIRS.length + ALPHABET.indexOf(id.charAt(at + 1)) * 62
    first += ALPHABET.indexOf(id.charAt(at))
  }
  const index = (unmix(unmix(first) ^ key[1]) ^ key[0]) >>> 0
  return idAt(key, index) === id ? index : undefined
}

/** What `mix` made this of: its steps backwards, by the multiplicative inverses. */
function unmix(mixed: number): number {
  let h = mixed >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x7ed1b41d)
  h = Math.imul(h ^ (h >>> 13) ^ (h >>> 26), 0xa5cb9243)
  return (h ^ (h >>> 16)) >>> 0
}

/** Two characters at a time: ids are a good part of what a page costs. */
const PAIRS = Array.from({ length: 62 * 62 }, (_, i) => {
  return `${ALPHABET[i % 62]}${ALPHABET[Math.floor(i / 62)]}`
})

function letters(value: number, count: number): string {
  let rest = value
  let text = ''
  for (let left = count; left > 1; left -= 2) {
    text += PAIRS[rest % PAIRS.length]
    rest = Math.floor(rest / PAIRS.length)
  }
  return count % 2 === 0 ? text : text + ALPHABET[rest % 62]
}
