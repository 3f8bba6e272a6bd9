// A page of the feed as bytes: of each row that the database gives (store/feed.ts) its head is
// written, with the stamps that only the store knows, and its body copied behind it.
import type { RowTaker } from '../postgres/copy-out.ts'
import { SystemError } from '../std/errors.ts'
import type { PageBuffer } from './page-buffer.ts'

/** What stands before and behind each row. */
export interface Around {
  before: string
  behind: string
}

const FIELDS = '{"created_at":"S","updated_at":"S","_ab_cdc_deleted_at":'
const LIVING = `${FIELDS}null,`
const DELETED = `${FIELDS}"S",`

export class FeedRows {
  rows = 0
  /** Of the bodies. */
  bytes = 0
  readonly #page: PageBuffer
  readonly #living: Head
  readonly #deleted: Head
  readonly #behind: Buffer
  #last: Head | undefined

  constructor(page: PageBuffer, { before, behind }: Around) {
    this.#page = page
    this.#living = new Head(before + LIVING)
    this.#deleted = new Head(before + DELETED)
    this.#behind = Buffer.from(behind)
  }

  /** The last row's `updated_at`. */
  get last(): string | undefined {
    return this.#last?.text(UPDATED)
  }

  /** Of updated_at, created_at, deleted_at and body. */
  readonly take: RowTaker = (bytes, start) => {
    const updated = start + COUNT_BYTES + LENGTH_BYTES
    const created = updated + STAMP_BYTES + LENGTH_BYTES
    const deleted = created + STAMP_BYTES + LENGTH_BYTES
    const lives = bytes.readInt32BE(deleted - LENGTH_BYTES) === NULL
    const head = lives ? this.#living : this.#deleted
    head.put(CREATED, bytes, created)
    head.put(UPDATED, bytes, updated)
    if (!lives) head.put(ENDED, bytes, deleted)
    const body = deleted + (lives ? 0 : STAMP_BYTES) + LENGTH_BYTES
    const length = bytes.readInt32BE(body - LENGTH_BYTES)
    this.#page.add(head.bytes)
    this.#page.add(bytes, body, body + length)
    this.#page.add(this.#behind)
    this.#last = head
    this.rows++
    this.bytes += length
  }
}

const COUNT_BYTES = 2
const LENGTH_BYTES = 4
const STAMP_BYTES = 8
const NULL = -1
const [CREATED, UPDATED, ENDED] = [0, 1, 2]

/** A row's beginning, in which the stamps are written over those of the row before. */
class Head {
  readonly bytes: Buffer
  readonly #stamps: { at: number; second: number }[] = []

  /** `S` stands for each stamp. */
  constructor(form: string) {
    const parts = form.split('"S"').map((part) => Buffer.from(part))
    this.bytes = Buffer.from(form.replaceAll('"S"', `"${' '.repeat(STAMP_CHARS)}"`))
    let at = 0
    for (const part of parts.slice(0, -1)) {
      this.#stamps.push({ at: at + part.length + 1, second: NaN })
      at += part.length + STAMP_CHARS + 2
    }
  }

  text(which: number): string {
    const at = this.#stamps[which]?.at ?? 0
    return this.bytes.toString('latin1', at, at + STAMP_CHARS)
  }

  /**
   * As `plaid.stamp` writes it, of the microseconds since 2000 that PostgreSQL keeps. Neighbours
   * are mostly of one second.
   */
  put(which: number, from: Buffer, at: number): void {
    const stamp = this.#stamps[which]
    if (!stamp) return
    // In two parts, as a double has not all digits of it.
    const [high, low] = [from.readInt32BE(at), from.readUInt32BE(at + 4)]
    const rest = high * HIGH_MICROS + low
    const more = Math.floor(rest / MICROS)
    const second = high * HIGH_SECONDS + more
    if (second !== stamp.second) {
      this.bytes.write(textOfSecond(second), stamp.at, 'latin1')
      stamp.second = second
    }
    let fraction = rest - more * MICROS
    for (let digit = stamp.at + STAMP_CHARS - 2; digit >= stamp.at + SECOND_CHARS; digit--) {
      this.bytes[digit] = ZERO + (fraction % 10)
      fraction = Math.trunc(fraction / 10)
    }
  }
}

const MICROS = 1_000_000
/** Of 2³² microseconds. */
const [HIGH_SECONDS, HIGH_MICROS] = [4_294, 967_296]
const ZERO = 0x30
const STAMP_CHARS = '2000-01-01T00:00:00.000000Z'.length
const SECOND_CHARS = '2000-01-01T00:00:00.'.length
const SECONDS_TO_2000 = Date.UTC(2000, 0) / 1_000

function textOfSecond(second: number): string {
  const date = new Date((second + SECONDS_TO_2000) * 1_000)
  const year = date.getUTCFullYear()
  if (!(year >= 1 && year <= 9_999)) {
    throw new SystemError('STAMP_OUT_OF_RANGE', 'the feed has a stamp outside the years 1 to 9999')
  }
  return `${date.toISOString().slice(0, SECOND_CHARS - 1)}.000000Z`
}
