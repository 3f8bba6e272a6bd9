// Messages as lines. A record of ours is wrapped around its row's text without parsing it; what
// comes in is parsed once. Its shape is the one that the engine's fast path looks for.
import type { Clock } from '../std/clock.ts'
import type { ErrorKind, TartanError } from '../std/errors.ts'
import { mayRound, parseExact } from '../std/exact-json.ts'
import type {
  AirbyteMessage,
  FailureType,
  StreamDescriptor,
  StreamStatus,
  TraceError,
} from './message.ts'

const NEWLINE = 10

export function encode(message: AirbyteMessage): string {
  return `${JSON.stringify(message)}\n`
}

/** A line as a value; a number that a double would round keeps its text (std/exact-json.ts). */
export function decode(line: string): unknown {
  return mayRound(line) ? parseExact(line) : JSON.parse(line)
}

/**
 * Rows as lines (each ended by a newline) become record messages. `chunks` may be cut anywhere;
 * what comes out is about as large, because a buffer of megabytes for a whole page is what only a
 * full collection frees (measured: a third of a source's time). Returns the number of records.
 */
export function* wrapRecords(
  chunks: Iterable<Buffer>,
  stream: StreamDescriptor,
  emittedAt: number,
): Generator<Buffer, number> {
  const prefix = Buffer.from(recordPrefix(stream, emittedAt))
  const around = prefix.length + SUFFIX.length
  let count = 0
  let within = false
  for (const chunk of chunks) {
    const bytes = Buffer.allocUnsafe(chunk.length + (countLines(chunk) + 1) * around)
    let to = 0
    for (let from = 0; from < chunk.length;) {
      if (!within) to += prefix.copy(bytes, to)
      const end = chunk.indexOf(NEWLINE, from)
      within = end === -1
      to += chunk.copy(bytes, to, from, within ? chunk.length : end)
      if (within) break
      to += SUFFIX.copy(bytes, to)
      from = end + 1
      count++
    }
    yield bytes.subarray(0, to)
  }
  return count
}

/** What stands before a record's data, and behind it, for whom else may put it there. */
export function recordPrefix({ name, namespace }: StreamDescriptor, emittedAt: number): string {
  const space = namespace === undefined ? '' : `"namespace":${JSON.stringify(namespace)},`
  return (
    `{"type":"RECORD","record":{"stream":${JSON.stringify(name)},${space}` +
    `"emitted_at":${emittedAt},"data":`
  )
}

export const recordSuffix = '}}'
const SUFFIX = Buffer.from(`${recordSuffix}\n`)

function countLines(rows: Buffer): number {
  let count = 0
  for (let at = rows.indexOf(NEWLINE); at !== -1; at = rows.indexOf(NEWLINE, at + 1)) count++
  return count
}

export interface Failure {
  error: TartanError
  stream?: StreamDescriptor
  /** See TraceError.state_expired. */
  stateExpired?: boolean
}

export function errorTrace(failure: Failure, clock: Clock): AirbyteMessage {
  const { error, stream, stateExpired } = failure
  const detail: TraceError = {
    message: error.message,
    internal_message: `${error.code}: ${error.message}`,
    failure_type: FAILURE_TYPE[error.kind],
  }
  // Our own fault is found by its place; another's is told by the sentence.
  if (error.kind === 'system') detail.stack_trace = stackOf(error)
  if (stream) detail.stream_descriptor = stream
  if (stateExpired === true) detail.state_expired = true
  return { type: 'TRACE', trace: { type: 'ERROR', emitted_at: clock.now(), error: detail } }
}

export function streamStatus(
  stream: StreamDescriptor,
  status: StreamStatus,
  clock: Clock,
): AirbyteMessage {
  const stream_status = { stream_descriptor: stream, status }
  return {
    type: 'TRACE',
    trace: { type: 'STREAM_STATUS', emitted_at: clock.now(), stream_status },
  }
}

const FAILURE_TYPE: Record<ErrorKind, FailureType> = {
  config: 'config_error',
  transient: 'transient_error',
  system: 'system_error',
}

function stackOf(error: TartanError): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : ''
  return `${error.stack}${cause}`
}
