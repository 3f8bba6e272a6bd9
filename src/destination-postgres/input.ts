// Stdin as messages. Whole lines are decoded a chunk at a time, which costs a fraction of decoding
// each line; every line is parsed once.
import type { AirbyteMessage } from '../protocol/message.ts'
import { SystemError } from '../std/errors.ts'
import { mayRound, parseExact } from '../std/exact-json.ts'
import { lineBytesMax } from '../std/jsonl.ts'

export interface Line {
  message: AirbyteMessage
  /** No backslash in it, and no number that a double would change: `coerce` may trust it. */
  clean: boolean
}

const NEWLINE = 10

/** Texts of whole lines, each ended by a newline. */
export async function* blocks(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end > 0) {
      const whole = chunk.subarray(0, end)
      yield (rest.length === 0 ? whole : Buffer.concat([...rest, whole])).toString('utf8')
      rest = []
      restBytes = 0
    }
    if (end === chunk.length) continue
    rest.push(chunk.subarray(end))
    restBytes += chunk.length - end
    if (restBytes > lineBytesMax) {
      throw new SystemError('LINE_TOO_LONG', `a line is longer than ${lineBytesMax} bytes`)
    }
  }
  if (restBytes > 0) yield `${Buffer.concat(rest).toString('utf8')}\n`
}

export function* messages(block: string): Generator<Line> {
  for (let from = 0; from < block.length;) {
    const end = block.indexOf('\n', from)
    const line = block.slice(from, end)
    from = end + 1
    if (line.length <= 1) continue
    const exact = mayRound(line)
    yield { message: parse(line, exact), clean: !exact && !line.includes('\\') }
  }
}

function parse(line: string, exact: boolean): AirbyteMessage {
  let value: unknown
  try {
    value = exact ? parseExact(line) : JSON.parse(line)
  } catch {
    // Not its text: a record is somebody's money.
    throw new SystemError('INPUT_NOT_JSON', 'a line of the input is not JSON')
  }
  const message = value as AirbyteMessage
  if (message?.type === 'RECORD' && !isRecord(message.record)) {
    throw new SystemError('RECORD_INVALID', 'a record has no stream, data object or emitted_at')
  }
  if (message?.type === 'STATE' && (typeof message.state !== 'object' || !message.state)) {
    throw new SystemError('STATE_INVALID', 'a state message has no state')
  }
  return message
}

function isRecord(record: unknown): boolean {
  if (typeof record !== 'object' || record === null) return false
  const { stream, data, emitted_at } = record as Record<string, unknown>
  if (typeof stream !== 'string' || typeof data !== 'object' || data === null) return false
  return typeof emitted_at === 'number' && Math.abs(emitted_at) <= instantMsMax
}

/** The last instant that JavaScript's Date and Airbyte's milliseconds can say. */
const instantMsMax = 8.64e15
