// Lines over pipes: cut from chunks without decoding them, written with the reader's pace.
import type { Writable } from 'node:stream'
import { once } from 'node:events'
import { SystemError } from './errors.ts'

const NEWLINE = 10

/** A line longer than this is an error, not a reason to grow without end (L9). */
export const lineBytesMax = 64 * 1024 * 1024

/** Cuts chunks into whole lines (without the newline); an unfinished last line comes too. */
export async function* lines(
  chunks: AsyncIterable<Buffer>,
  bytesMax = lineBytesMax,
): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const piece = chunk.subarray(start, end)
      start = end + 1
      if (rest.length === 0) {
        yield piece
        continue
      }
      rest.push(piece)
      const line = Buffer.concat(rest)
      rest = []
      restBytes = 0
      yield line
    }
    if (start < chunk.length) {
      restBytes += chunk.length - start
      if (restBytes > bytesMax) {
        throw new SystemError('LINE_TOO_LONG', `a line is longer than ${bytesMax} bytes`)
      }
      rest.push(chunk.subarray(start))
    }
  }
  if (rest.length > 0) yield Buffer.concat(rest)
}

/** Writes and waits for `drain` when the reader is behind: memory stays flat (L9). */
export async function write(stream: Writable, chunk: string | Buffer): Promise<void> {
  if (!stream.write(chunk)) await once(stream, 'drain')
}
