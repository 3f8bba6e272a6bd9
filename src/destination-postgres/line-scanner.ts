// Finds a record's values in the bytes of its line, without building anything of it: where each
// column's value begins and ends, and of what kind it is. It reads what it knows, which is what
// nearly every source writes: the shape of the stream's last record (line-shape.ts), and values
// whose text means the same to JSON, to JavaScript and to PostgreSQL. At anything else (another
// order, an escape, a number that JavaScript would write otherwise, white space) it says so, and
// the line is parsed. Every byte of a line that it takes was looked at; that the bytes are UTF-8
// was seen before (input.ts).
import type { LineShape } from './line-shape.ts'

/** What a value is. */
export const NULL = 0
export const STRING = 1
export const INTEGER = 2
export const DECIMAL = 3
export const TRUE = 4
export const FALSE = 5
/** An array or an object. */
export const CONTAINER = 6

/** What became of a line. */
export type Scanned = 'found' | 'another shape' | 'another value'

export class LineScanner {
  /** By column: what its value is, and its text's place in the line's buffer (unquoted). */
  readonly kinds: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  emittedAt = 0
  /** Behind the value that was read last. */
  #at = 0

  constructor(columns: number) {
    this.kinds = new Uint8Array(columns)
    this.starts = new Int32Array(columns)
    this.ends = new Int32Array(columns)
  }

  /** The line between `from` and its newline at `end`. */
  scan(shape: LineShape, line: Buffer, from: number, end: number): Scanned {
    const { head, toData, toInstant } = shape
    let at = behind(line, from, head)
    if (at !== -1 && toData) at = behind(line, this.#instant(line, at), toData)
    if (at === -1) return 'another shape'
    const found = this.#data(shape, line, at)
    if (found !== 'found') return found
    at = this.#at
    if (toInstant) at = this.#instant(line, behind(line, at, toInstant))
    const isEnd = at + 2 === end && line[at] === CLOSING_BRACE && line[at + 1] === CLOSING_BRACE
    return isEnd ? 'found' : 'another shape'
  }

  /** The members of the object whose brace was opened before `at`, and its end. */
  #data({ keys, columns, deleted }: LineShape, line: Buffer, from: number): Scanned {
    const { kinds, starts, ends } = this
    kinds.fill(NULL)
    let at = from
    let next = 0
    if (line[at] === CLOSING_BRACE) {
      this.#at = at + 1
      return 'found'
    }
    for (;;) {
      // A key that is not there leaves its column null.
      let value = -1
      for (; value === -1; next++) {
        const key = keys[next]
        if (key === undefined) return 'another shape'
        value = behind(line, at, key)
      }
      const start = line[value] === SPACE ? value + 1 : value
      const kind = this.#value(line, start)
      if (kind === -1) return 'another value'
      at = this.#at
      if (next - 1 === deleted && kind !== NULL) return 'another value'
      const column = columns[next - 1] ?? -1
      if (column !== -1) {
        kinds[column] = kind
        starts[column] = kind === STRING ? start + 1 : start
        ends[column] = kind === STRING ? at - 1 : at
      }
      const byte = line[at++]
      if (byte === COMMA) {
        if (line[at] === SPACE) at++
      } else {
        this.#at = at
        return byte === CLOSING_BRACE ? 'found' : 'another value'
      }
    }
  }

  /** Reads digits as emitted_at and answers the place behind them; -1 where they are none. */
  #instant(line: Buffer, from: number): number {
    if (from === -1 || line[from] === ZERO) return -1
    let ms = 0
    let at = from
    for (; isDigit(line[at]); at++) ms = ms * 10 + (line[at] ?? 0) - ZERO
    if (at === from || at - from > instantDigitsMax) return -1
    this.emittedAt = ms
    return at
  }

  /** What begins at `from`; -1 where it is left to the parser. */
  #value(line: Buffer, from: number): number {
    switch (line[from]) {
      case QUOTE:
        return this.#to(endOfString(line, from + 1), STRING)
      case OPENING_BRACE:
      case OPENING_BRACKET:
        return this.#to(endOfContainer(line, from, 1), CONTAINER)
      case SMALL_N:
        return this.#to(behind(line, from, NULL_WORD), NULL)
      case SMALL_T:
        return this.#to(behind(line, from, TRUE_WORD), TRUE)
      case SMALL_F:
        return this.#to(behind(line, from, FALSE_WORD), FALSE)
      default: {
        const end = endOfNumber(line, from)
        return this.#to(end, line.subarray(from, end).includes(POINT) ? DECIMAL : INTEGER)
      }
    }
  }

  #to(end: number, kind: number): number {
    this.#at = end
    return end === -1 ? -1 : kind
  }
}

/** Up to the year 2286, which is a double's and PostgreSQL's. */
const instantDigitsMax = 13
/** More nesting than this is the parser's. */
const depthMax = 64
/**
 * Digits and the point between them: of fewer than this every double keeps every one, and no
 * number of the line is one for exact-json.ts.
 */
const numberCharsMax = 15
/** JavaScript writes a number below 0.000001 with an exponent. */
const zerosMax = 5

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const POINT = 46
const ZERO = 48
const COLON = 58
const OPENING_BRACKET = 91
const BACKSLASH = 92
const CLOSING_BRACKET = 93
const SMALL_F = 102
const SMALL_N = 110
const SMALL_T = 116
const OPENING_BRACE = 123
const CLOSING_BRACE = 125
const SPACE = 32
const NULL_WORD = Buffer.from('null')
const TRUE_WORD = Buffer.from('true')
const FALSE_WORD = Buffer.from('false')

/** The place behind `expected`, or -1 where something else is. */
export function behind(line: Buffer, from: number, expected: Buffer): number {
  if (from === -1) return -1
  for (let i = 0; i < expected.length; i++) if (line[from + i] !== expected[i]) return -1
  return from + expected.length
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9
}

/** Behind the quote that ends the string; -1 at an escape, and at what no string of JSON has. */
function endOfString(line: Buffer, from: number): number {
  for (let at = from; ; at++) {
    const byte = line[at] ?? 0
    if (byte === QUOTE) return at + 1
    if (byte < SPACE || byte === BACKSLASH) return -1
  }
}

/** Of a number as JavaScript would write it, too. */
function endOfNumber(line: Buffer, from: number): number {
  const start = line[from] === MINUS ? from + 1 : from
  const isBelowOne = line[start] === ZERO
  let at = start
  while (isDigit(line[at])) at++
  const point = at
  if (point === start || (isBelowOne && point > start + 1)) return -1
  if (line[point] === POINT) {
    at++
    let zeros = 0
    for (; isDigit(line[at]); at++) if (line[at] === ZERO && at === point + 1 + zeros) zeros++
    if (at === point + 1 || line[at - 1] === ZERO) return -1
    if (isBelowOne && zeros > zerosMax) return -1
  } else if (isBelowOne && start > from) return -1
  return at - start > numberCharsMax ? -1 : at
}

function endOfContainer(line: Buffer, from: number, depth: number): number {
  if (depth > depthMax) return -1
  const isObject = line[from] === OPENING_BRACE
  const closing = isObject ? CLOSING_BRACE : CLOSING_BRACKET
  let at = from + 1
  if (line[at] === closing) return at + 1
  for (;;) {
    if (isObject) {
      if (line[at] !== QUOTE) return -1
      at = endOfString(line, at + 1)
      if (at === -1 || line[at] !== COLON) return -1
      at++
      if (line[at] === SPACE) at++
    }
    at = endOfValue(line, at, depth)
    if (at === -1) return -1
    const byte = line[at++]
    if (byte === closing) return at
    if (byte !== COMMA) return -1
    if (line[at] === SPACE) at++
  }
}

function endOfValue(line: Buffer, from: number, depth: number): number {
  switch (line[from]) {
    case QUOTE:
      return endOfString(line, from + 1)
    case OPENING_BRACE:
    case OPENING_BRACKET:
      return endOfContainer(line, from, depth + 1)
    case SMALL_N:
      return behind(line, from, NULL_WORD)
    case SMALL_T:
      return behind(line, from, TRUE_WORD)
    case SMALL_F:
      return behind(line, from, FALSE_WORD)
    default:
      return endOfNumber(line, from)
  }
}
