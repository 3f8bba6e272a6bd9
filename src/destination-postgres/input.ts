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
    if (line === '' || line === '\r') continue
    const exact = mayRound(line)
    yield { message: parse(line, exact), clean: !exact && !line.includes('\\') }
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
  const { stream, data, emitted_at, namespace } = record
  if (typeof stream !== 'string' || !isObject(data) || !isNamespace(namespace)) return false
  return typeof emitted_at === 'number' && Math.abs(emitted_at) <= instantMsMax
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
