// A scanned row as COPY data: what its two formats have in common.
import type { LineScanner } from './line-scanner.ts'

export interface RowWriter {
  /** What a row of a line of so many bytes takes at most. */
  roomFor(lineBytes: number, emittedAt: number): number
  /**
   * Writes what was found in `line` as a row at `at` and answers the place behind it; -1 where a
   * value is not of its column's type in the plainest spelling: then nothing was written.
   */
  write(found: LineScanner, line: Buffer, to: Buffer, at: number): number
}

export const uuidBytes = 36

/** Below this a loop is faster than the call of what copies whole words. */
const loopBytesMax = 48

/** Copies the bytes from `start` to `end` and answers the place behind them. */
export function copied(line: Buffer, start: number, end: number, to: Buffer, at: number): number {
  if (end - start > loopBytesMax) return at + line.copy(to, at, start, end)
  for (let from = start, place = at; from < end; from++, place++) to[place] = line[from] ?? 0
  return at + end - start
}

/** What stands between a row's id and its values, made once for rows of one instant. */
export class Lead {
  readonly #make: (emittedAt: number) => Buffer
  #bytes: Buffer = Buffer.alloc(0)
  #at = Number.NaN

  constructor(make: (emittedAt: number) => Buffer) {
    this.#make = make
  }

  of(emittedAt: number): Buffer {
    if (emittedAt !== this.#at) {
      this.#at = emittedAt
      this.#bytes = this.#make(emittedAt)
    }
    return this.#bytes
  }
}
