// A bank's logo, drawn by us: a check of cloth in its own colour, woven like the tartan that its
// id's threads give, as the base64 of a PNG of 152 by 152 points.
import { crc32, deflateSync } from 'node:zlib'
import type { Institution } from './institutions.ts'
import { drawsFor, keyOf } from './random.ts'

const SIZE = 152
const logos = new Map<string, string>()

export function logoOf(institution: Institution): string {
  let logo = logos.get(institution.id)
  if (logo === undefined) {
    logo = draw(institution).toString('base64')
    logos.set(institution.id, logo)
  }
  return logo
}

type Color = readonly [red: number, green: number, blue: number]
const WHITE: Color = [255, 255, 255]

/** Warp and weft are the same threads, so that the cloth is symmetric; they cross in a twill. */
function draw(institution: Institution): Buffer {
  const threads = threadsOf(institution)
  const rows = Buffer.alloc(SIZE * (1 + SIZE * 3))
  let at = 0
  for (let y = 0; y < SIZE; y++) {
    rows[at++] = 0 // the row's filter: none
    for (let x = 0; x < SIZE; x++) {
      const over = ((x + y) >> 1) % 2 === 0 ? x : y
      for (const part of threads[over] ?? WHITE) rows[at++] = part
    }
  }
  return png(rows)
}

/** A thread's colour for each point of the width: stripes, mirrored in the middle. */
function threadsOf(institution: Institution): Color[] {
  const draws = drawsFor(keyOf(`logo/${institution.id}`), 0)
  const base = colorOf(institution.primaryColor)
  const shades = [base, mixed(base, 0.35), base, mixed(base, 0.8), mixed(base, 0.6)] as const
  const half: Color[] = []
  for (let stripe = 0; half.length < SIZE / 2; stripe++) {
    const width = stripe % 2 === 0 ? draws.whole(9, 18) : draws.whole(2, 7)
    const shade = shades[stripe % shades.length] ?? base
    for (let i = 0; i < width; i++) half.push(shade)
  }
  const left = half.slice(0, SIZE / 2)
  return [...left, ...left.toReversed()]
}

function colorOf(text: string): Color {
  const value = Number.parseInt(text.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

function mixed(color: Color, white: number): Color {
  const part = (value: number): number => Math.round(value + (255 - value) * white)
  return [part(color[0]), part(color[1]), part(color[2])]
}

function png(rows: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(SIZE, 0)
  header.writeUInt32BE(SIZE, 4)
  header.set([8, 2], 8) // eight bits a colour, three colours a point
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}
