// Stdin as messages. A line that the caller takes as it is is not decoded; every other one is
// parsed once.
import { isUtf8 } from 'node:buffer'
import type { AirbyteMessage } from '../protocol/message.ts'
import { SystemError } from '../std/errors.ts'
import { exactText, mayRound, parseExact } from '../std/exact-json.ts'
import { lineBytesMax } from '../std/jsonl.ts'

export interface Line {
  message: AirbyteMessage
  text: string
  /** No backslash in it, and no number that a double would change: `coerce` may trust it. */
  clean: boolean
}

const NEWLINE = 10
const LINE_END = Buffer.from('\n')

/** Whole lines in UTF-8, each ended by a newline. */
export async function* blocks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end > 0) {
      const whole = chunk.subarray(0, end)
      yield checked(rest.length === 0 ? whole : Buffer.concat([...rest, whole]))
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
  if (restBytes > 0) yield checked(Buffer.concat([...rest, LINE_END]))
}

/** Decoding would put another character in the place of what is none, in silence. */
function checked(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes
  throw new SystemError('INPUT_NOT_UTF8', 'a line of the input is not UTF-8, and so no JSON')
}

/** Takes the line between `from` and its newline at `end`, or leaves it: undefined. */
type Take<T> = (from: number, end: number) => T | undefined

/** The messages of a block, and in the place of each line that was taken what `take` answered. */
export function* messages<T = never>(
  block: Buffer,
  take: Take<T> = () => undefined,
): Generator<Line | T> {
  for (let from = 0; from < block.length;) {
    const end = block.indexOf(NEWLINE, from)
    const start = from
    from = end + 1
    const taken = take(start, end)
    if (taken !== undefined) {
      yield taken
      continue
    }
    const text = block.toString('utf8', start, end)
    if (text === '' || text === '\r') continue
    const exact = mayRound(text)
    yield { message: parse(text, exact), text, clean: !exact && !text.includes('\\') }
  }
}

/** Nothing that is said of a line quotes it: a record is somebody's money. */
function parse(line: string, exact: boolean): AirbyteMessage {
  let value: unknown
  try {
    value = exact ? parseExact(line) : JSON.parse(line)
  } catch {
    throw new SystemError('INPUT_NOT_JSON', 'a line of the input is not JSON')
  }
  const message = value as AirbyteMessage
  switch (isObject(value) ? value['type'] : undefined) {
    case 'RECORD':
      if (message.type === 'RECORD' && isRecord(message.record)) return message
      throw invalid('RECORD', 'a record has no stream, data object or emitted_at')
    case 'STATE':
      if (message.type === 'STATE' && isState(message.state)) return message
      throw invalid('STATE', 'a state message has no state, or no name of its stream')
    case 'TRACE':
      if (message.type === 'TRACE' && isTrace(message.trace)) return message
      throw invalid('TRACE', 'a trace message has no trace, or no name of its stream')
    default:
      if (isObject(value) && typeof value['type'] === 'string') return message
      throw invalid('INPUT', 'a line of the input is not a message: it has no type')
  }
}

function invalid(what: string, sentence: string): SystemError {
  return new SystemError(`${what}_INVALID`, sentence)
}

function isRecord(record: unknown): boolean {
  if (!isObject(record)) return false
  const { stream, data, namespace } = record
  if (typeof stream !== 'string' || !isObject(data) || !isNamespace(namespace)) return false
  if (typeof record['emitted_at'] !== 'number') {
    // An instant has no digits beyond a double's that anybody would miss.
    record['emitted_at'] = Number(exactText(record['emitted_at']))
  }
  return Math.abs(record['emitted_at'] as number) <= instantMsMax
}

function isState(state: unknown): boolean {
  if (!isObject(state)) return false
  const { type, stream } = state
  return stream === undefined || stream === null ? type !== 'STREAM' : isAboutStream(stream)
}

function isTrace(trace: unknown): boolean {
  if (!isObject(trace)) return false
  const { stream_status: status } = trace
  return status === undefined || status === null || isAboutStream(status)
}

function isAboutStream(value: unknown): boolean {
  if (!isObject(value) || !isObject(value['stream_descriptor'])) return false
  const { name, namespace } = value['stream_descriptor']
  return typeof name === 'string' && isNamespace(namespace)
}

function isNamespace(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The last instant that JavaScript's Date and Airbyte's milliseconds can say. */
const instantMsMax = 8.64e15
