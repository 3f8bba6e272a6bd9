// A page of /transactions/sync, cut into its records where they lie. Each is parsed when it is its
// turn: of a page that was parsed whole, with its text, a megabyte and a half outlived Node's
// nursery, and its heap grew by them (L9). What is cut and what is parsed whole say the same.
import { TransientError } from '../std/errors.ts'
import { mayRound, parseExact } from '../std/exact-json.ts'

/** A list whose elements are parsed one by one, each time anew. */
export class Records implements Iterable<unknown> {
  readonly #bytes: Buffer
  /** Where each begins and ends. */
  readonly #bounds: readonly number[]

  constructor(bytes: Buffer, bounds: readonly number[]) {
    this.#bytes = bytes
    this.#bounds = bounds
  }

  get length(): number {
    return this.#bounds.length / 2
  }

  *[Symbol.iterator](): Generator {
    for (let i = 0; i < this.#bounds.length; i += 2) {
      yield parse(this.#bytes.toString('utf8', this.#bounds[i], this.#bounds[i + 1]))
    }
  }
}

export function parseAnswer(bytes: Buffer): object {
  const answer = parse(new TextDecoder().decode(bytes)) // which leaves out a mark of the byte order
  if (typeof answer === 'object' && answer !== null) return answer
  throw notPlaid('no object')
}

function parse(text: string): unknown {
  try {
    return mayRound(text) ? parseExact(text) : JSON.parse(text)
  } catch {
    throw notPlaid('no JSON')
  }
}

function notPlaid(what: string): TransientError {
  return new TransientError('PLAID_NOT_JSON', `Plaid: something between answered ${what}`)
}

const LISTS = ['added', 'modified', 'removed']

/** The page with `Records` for its lists; undefined where it is to be parsed whole. */
export function cutPage(bytes: Buffer): object | undefined {
  const lists = new Map<string, Records>()
  let rest = ''
  let kept = 0
  let at = afterSpace(bytes, 0)
  if (bytes[at] !== BRACE) return undefined
  do {
    const key = afterSpace(bytes, at + 1)
    if (bytes[key] !== QUOTE) return undefined
    at = endOfString(bytes, key)
    const name = bytes.toString('latin1', key + 1, at - 1)
    // What is escaped may be the name of a list, too.
    if (name.includes('\\')) return undefined
    at = afterSpace(bytes, at)
    if (bytes[at] !== COLON) return undefined
    at = afterSpace(bytes, at + 1)
    if (LISTS.includes(name)) {
      const bounds = bytes[at] === BRACKET ? boundsOf(bytes, at) : undefined
      if (!bounds || lists.has(name)) return undefined
      rest += bytes.toString('utf8', kept, at + 1)
      lists.set(name, new Records(bytes, bounds.records))
      kept = bounds.end
      at = bounds.end + 1
    } else at = endOfValue(bytes, at)
    at = afterSpace(bytes, at)
  } while (bytes[at] === COMMA)
  const page = parse(rest + bytes.toString('utf8', kept)) as object
  return Object.assign(page, Object.fromEntries(lists))
}

/** Of a list of objects; its end is where its bracket is. */
function boundsOf(bytes: Buffer, start: number): { records: number[]; end: number } | undefined {
  const records: number[] = []
  let at = afterSpace(bytes, start + 1)
  if (bytes[at] === BRACKET_END) return { records, end: at }
  for (;;) {
    if (bytes[at] !== BRACE) return undefined
    const end = endOfValue(bytes, at)
    records.push(at, end)
    at = afterSpace(bytes, end)
    if (bytes[at] === BRACKET_END) return { records, end: at }
    if (bytes[at] !== COMMA) return undefined
    at = afterSpace(bytes, at + 1)
  }
}

/** Behind it; that it is one, who parses it says. */
function endOfValue(bytes: Buffer, start: number): number {
  let depth = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at) - 1
    else if (byte === BRACE || byte === BRACKET) depth++
    else if (byte === BRACE_END || byte === BRACKET_END) depth--
    else if (depth > 0 || byte !== COMMA) continue
    if (depth < 0 || byte === COMMA) return at
    if (depth === 0) return at + 1
  }
  return bytes.length
}

/** Behind the quote that ends the string which begins at `start`. */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1
  for (; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++
  return at + 1
}

function afterSpace(bytes: Buffer, start: number): number {
  let at = start
  while (SPACES.has(bytes[at])) at++
  return at
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c]
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d]
const SPACES = new Set<number | undefined>([0x20, 0x09, 0x0a, 0x0d])
