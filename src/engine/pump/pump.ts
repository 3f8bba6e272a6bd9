// Carries one attempt's data: source → destination with the slower one's pace (L9), states back.
// Only records and states go on. COMPLETE is the platform's word and comes only after the source
// ended: well, or badly after it had called that stream complete itself (L7, L8). A state is stored
// only when the destination returned it (L3).
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import {
  type AirbyteMessage,
  committedRecordsType,
  type StateMessage,
  type StreamDescriptor,
  type StreamStatus,
  type TraceError,
  type TraceMessage,
} from '../../protocol/message.ts'
import type { ConnectorExit, ConnectorProcess } from '../../protocol/spawn.ts'
import { type Clock, systemClock } from '../../std/clock.ts'
import { SystemError } from '../../std/errors.ts'
import { lines } from '../../std/jsonl.ts'
import { descriptor, type NamedStream, sameStream, streamKey } from '../connection/naming.ts'
import type { Expired } from '../connection/stream-life.ts'
import { failureOf, failureOfError, failureOfTrace } from '../connector/failure.ts'
import { parseMessage } from '../connector/message.ts'
import type { ActorKind } from '../store/actor.ts'
import type { AttemptLog } from './attempt-log.ts'
import { logged } from './data-line.ts'
import { watchHeartbeats } from './heartbeat.ts'
import { createRecent } from './recent.ts'
import { createScanner, type Segment } from './scanner.ts'
import type { AcceptedState, StateLedger } from './state-ledger.ts'
import type { Failure } from '../store/shapes.ts'

export interface PumpParts {
  /** None: there is nothing to read, and every stream is complete (clear). */
  source: ConnectorProcess | undefined
  destination: ConnectorProcess
  names: NamedStream[]
  /** Whether the destination is told which streams are complete. */
  supportsRefreshes: boolean
  /** It is not told, and what it gets takes the place of what it has. */
  overwritesAtEnd: boolean
  ledger: StateLedger
  log: AttemptLog
  /** Stores what the destination returned. */
  checkpoint(state: AcceptedState): Promise<void>
  saveConfiguration(kind: ActorKind, configuration: unknown): Promise<void>
  /** Ends both connectors. */
  signal: AbortSignal
  clock?: Clock
}

export interface PumpOutcome {
  failures: Failure[]
  /** Streams whose saved state one of the connectors called worthless. */
  expired: Expired[]
}

/** Failures of one attempt that are kept (L9). */
const failuresMax = 20

/** Resolves when both processes have ended. */
export async function pump(parts: PumpParts): Promise<PumpOutcome> {
  const { source, destination } = parts
  const run = createRun(parts)
  const onAbort = () => void run.stopBoth()
  parts.signal.addEventListener('abort', onAbort)
  if (parts.signal.aborted) onAbort()
  const heartbeats = watchHeartbeats({
    sourceSilent: () =>
      run.fail(failureOf('source', 'heartbeat_timeout', SILENT.source, run.now())),
    destinationSilent: () =>
      run.fail(failureOf('destination', 'destination_timeout', SILENT.destination, run.now())),
    stop: () => void run.stopBoth(),
  })
  try {
    await Promise.all([readSource(parts, run, heartbeats), readDestination(parts, run, heartbeats)])
  } finally {
    heartbeats.stop()
    parts.signal.removeEventListener('abort', onAbort)
    await Promise.all([source?.stop(), destination.stop()])
  }
  return { failures: run.failures, expired: run.expired }
}

const SILENT = {
  source: 'the source sent neither a record nor a state for too long',
  destination: 'the destination took no data and returned no state for too long',
}

type Heartbeats = ReturnType<typeof watchHeartbeats>
type Run = ReturnType<typeof createRun>

function createRun(parts: PumpParts) {
  const clock = parts.clock ?? systemClock
  const failures: Failure[] = []
  /** Fires when the destination takes nothing more: its process has ended. */
  const gone = new AbortController()
  void parts.destination.exited.then(() => gone.abort())
  return {
    failures,
    expired: [] as Expired[],
    recent: createRecent(),
    /** What the source said last of each stream. */
    statuses: new Map<string, StreamStatus>(),
    gone: gone.signal,
    /** We are ending the connectors ourselves: how they end says nothing. */
    stopping: false,
    /** We ended the source because nobody takes what it sends. */
    sourceStopped: false,
    /** The destination ended before it had taken everything. */
    inputCut: false,
    /** Everything is written that the destination will get. */
    inputEnded: false,
    now: () => clock.now(),
    fail(failure: Failure): void {
      if (failures.length < failuresMax) failures.push(failure)
      parts.log.write('platform', 'ERROR', `${failure.failureOrigin}: ${failure.externalMessage}`)
    },
    async stopBoth(): Promise<void> {
      this.stopping = true
      await Promise.all([parts.source?.stop(), parts.destination.stop()])
    },
  }
}

async function readSource(parts: PumpParts, run: Run, heartbeats: Heartbeats): Promise<void> {
  const { source, destination } = parts
  try {
    if (source) await readRecords(source, parts, run, heartbeats)
    if (!run.stopping) await completeStreams(parts, run, heartbeats)
  } catch (error) {
    const gone = error instanceof DestinationGone
    if (!gone && !run.stopping) run.fail(failureOfError('source', error, run.now()))
    await source?.stop()
    run.inputCut = gone
  } finally {
    run.inputEnded = true
    if (mustNotEnd(parts, run)) await run.stopBoth()
    destination.stdin.end()
    heartbeats.endSource()
  }
}

/** The end of its input is all that such a destination is told: it would keep half a table (L8). */
function mustNotEnd({ overwritesAtEnd }: PumpParts, { failures }: Run): boolean {
  return overwritesAtEnd && failures.some((failure) => failure.failureOrigin === 'source')
}

async function readRecords(
  source: ConnectorProcess,
  parts: PumpParts,
  run: Run,
  heartbeats: Heartbeats,
): Promise<void> {
  const scanner = createScanner(parts.names)
  const handle = async (segments: Segment[]) => {
    for (const segment of segments) await takeSegment(segment, source, parts, run, heartbeats)
  }
  for await (const chunk of source.stdout) await handle(scanner.scan(chunk as Buffer))
  await handle(scanner.end())
  const exit = await source.exited
  if (!run.sourceStopped) judgeExit('source', exit, run)
}

async function completeStreams(parts: PumpParts, run: Run, heartbeats: Heartbeats): Promise<void> {
  // A stream that the source or the destination could not take stops no other (L7).
  const failed = run.failures.some((failure) => failure.failureOrigin === 'source')
  for (const stream of parts.names) {
    const said = run.statuses.get(streamKey(stream.source))
    if (said === 'INCOMPLETE' || (failed && said !== 'COMPLETE')) continue
    if (run.statuses.size > 0 && said !== 'COMPLETE') {
      const sentence = `stream ${stream.source.name}: never called complete, taken as complete`
      parts.log.write('platform', 'WARN', `${sentence} because the source ended well`)
    }
    if (!parts.supportsRefreshes) continue
    const line = JSON.stringify(completed(stream.destination, run.now()))
    await feed(parts.destination.stdin, Buffer.from(`${line}\n`), run, heartbeats)
  }
  if (failed) return
  for (const stream of parts.names) {
    if (run.statuses.get(streamKey(stream.source)) !== 'INCOMPLETE') continue
    const sentence = `the source could not complete the stream ${stream.source.name}`
    run.fail(failureOf('source', 'system_error', sentence, run.now()))
  }
}

async function takeSegment(
  segment: Segment,
  source: ConnectorProcess,
  parts: PumpParts,
  run: Run,
  heartbeats: Heartbeats,
): Promise<void> {
  switch (segment.kind) {
    case 'records':
      heartbeats.sourceMoved()
      void source.forgetInputs()
      for (const { stream, records, bytes } of segment.counts) {
        parts.ledger.count(stream, records, bytes)
      }
      run.recent.add(segment.bytes)
      return feed(parts.destination.stdin, segment.bytes, run, heartbeats)
    case 'text':
      parts.log.write('source', 'INFO', segment.text)
      return undefined
    case 'broken':
      throw brokenLine('source')
    case 'foreign':
      throw new SystemError(
        'STREAM_UNKNOWN',
        `the source sent a record of the stream ${segment.stream}, which is not in the catalog`,
      )
    case 'message':
      if (segment.message.type === 'STATE') {
        heartbeats.sourceMoved()
        return sendState(segment.message.state, parts, run, heartbeats)
      }
      return takeMessage('source', segment.message, parts, run)
  }
}

async function sendState(
  state: StateMessage,
  parts: PumpParts,
  run: Run,
  heartbeats: Heartbeats,
): Promise<void> {
  const sent = parts.ledger.send(state)
  tellNotes(parts)
  if (!sent) {
    parts.log.write('platform', 'WARN', 'a state of a stream that is not in the catalog is ignored')
    return
  }
  const line = JSON.stringify({ type: 'STATE', state: sent })
  await feed(parts.destination.stdin, Buffer.from(`${line}\n`), run, heartbeats)
}

function tellNotes({ ledger, log }: PumpParts): void {
  for (const note of ledger.notes()) log.write('platform', 'WARN', note)
}

async function readDestination(parts: PumpParts, run: Run, heartbeats: Heartbeats): Promise<void> {
  const { destination, log, ledger } = parts
  try {
    for await (const line of lines(destination.stdout)) {
      const text = line.toString('utf8')
      const message = parseMessage(text)
      if (message === undefined) {
        const said = logged(text)
        if (said === undefined) throw brokenLine('destination')
        if (said.trim() !== '') log.write('destination', 'INFO', said)
      } else if (message.type === 'STATE') {
        heartbeats.destinationMoved()
        await destination.forgetInputs()
        const accepted = ledger.accept(message.state)
        tellNotes(parts)
        if (accepted) await parts.checkpoint(accepted)
        else
          log.write(
            'platform',
            'WARN',
            'the destination returned a state that was not sent, or had come back',
          )
      } else await takeMessage('destination', message, parts, run)
    }
  } catch (error) {
    const broken = error instanceof SystemError && BROKEN_LINES.has(error.code)
    const origin = broken ? 'destination' : 'replication'
    if (!run.stopping) run.fail(failureOfError(origin, error, run.now()))
    await run.stopBoth()
  }
  judgeExit('destination', await destination.exited, run)
  blameSource(run)
  const early = !run.inputEnded || run.inputCut
  if (early) {
    run.sourceStopped = true
    await parts.source?.stop()
  }
  const missing = ledger.missing()
  if (run.stopping || run.failures.length > 0 || (!early && missing.length === 0)) return
  const sentence = early
    ? 'the destination ended before its input did'
    : `the destination ended well but did not return the last state of ${missing.join(', ')}`
  run.fail(failureOf('destination', 'system_error', sentence, run.now()))
}

/** Logs, errors and statuses, which either connector may send. */
async function takeMessage(
  from: ActorKind,
  message: AirbyteMessage,
  parts: PumpParts,
  run: Run,
): Promise<void> {
  switch (message.type) {
    case 'LOG': {
      const { level, message: text, stack_trace: stack } = message.log
      parts.log.write(from, level, stack === undefined ? text : `${text}\n${stack}`)
      return
    }
    case 'TRACE':
      takeTrace(from, message.trace, parts, run)
      return
    case 'CONTROL':
      if (message.control.connectorConfig) {
        await parts.saveConfiguration(from, message.control.connectorConfig.config)
      }
      return
    default:
      parts.log.write('platform', 'DEBUG', `the ${from} sent a ${message.type} message`)
  }
}

function takeTrace(from: ActorKind, trace: TraceMessage, parts: PumpParts, run: Run): void {
  if (trace.type === 'ERROR' && trace.error) takeError(from, trace.error, parts, run)
  if (from === 'destination') {
    if (trace.analytics?.type === committedRecordsType) parts.ledger.told(trace.analytics.value)
    return
  }
  const status = trace.stream_status
  if (trace.type !== 'STREAM_STATUS' || !status) return
  const { name, namespace } = status.stream_descriptor
  parts.log.write('platform', 'INFO', `stream ${name}: ${status.status}`)
  run.statuses.set(streamKey(descriptor(name, namespace)), status.status)
}

/** Whoever tells it, a stream has its source's name from here on. */
function takeError(from: ActorKind, error: TraceError, parts: PumpParts, run: Run): void {
  const { stream_descriptor: of, ...rest } = error
  const said = of && descriptor(of.name, of.namespace)
  const found = said && parts.names.find((one) => sameStream(one[from], said))
  const stream = found?.source ?? said
  if (stream && error.state_expired === true) run.expired.push({ stream, by: from })
  const named = stream ? { ...rest, stream_descriptor: stream } : rest
  run.fail(failureOfTrace(from, named, run.now()))
}

function judgeExit(from: ActorKind, exit: ConnectorExit, run: Run): void {
  if (run.stopping || exit.code === 0) return
  // A connector that said why it failed has said it better.
  if (run.failures.some((failure) => failure.failureOrigin === from)) return
  const how = exit.code === null ? `by ${exit.signal ?? 'a signal'}` : `with code ${exit.code}`
  const sentence = `the ${from} ended ${how} and did not say why`
  run.fail(failureOf(from, 'system_error', sentence, run.now()))
}

/** Who wrote the line that a destination could not take has failed before it. */
function blameSource(run: Run): void {
  const failed = new Set(run.failures.map(({ failureOrigin }) => failureOrigin))
  if (run.stopping || failed.has('source') || !failed.has('destination')) return
  if (!run.recent.isBroken()) return
  run.fail(failureOfError('source', brokenLine('source'), run.now()))
  run.failures.unshift(...run.failures.splice(-1))
}

/** Waits for the destination's pace; throws when it takes nothing more. */
async function feed(
  stdin: Writable,
  bytes: Buffer,
  run: Run,
  heartbeats: Heartbeats,
): Promise<void> {
  if (run.gone.aborted || stdin.destroyed) throw new DestinationGone()
  if (stdin.write(bytes)) return
  heartbeats.blocked(true)
  try {
    await once(stdin, 'drain', { signal: run.gone })
    heartbeats.destinationMoved()
  } catch {
    throw new DestinationGone()
  } finally {
    heartbeats.blocked(false)
  }
}

/** Says which program, never what the line holds: it is somebody's money (L5, L7). */
function brokenLine(from: ActorKind): SystemError {
  return new SystemError(
    'LINE_BROKEN',
    `the ${from} wrote a line with a record or a state that is not one whole message: cut off, ` +
      'mixed with other text, or without what the protocol requires; nothing after it is taken',
  )
}

/** Of what a program writes; what else goes wrong while it is read is ours. */
const BROKEN_LINES = new Set(['LINE_BROKEN', 'LINE_TOO_LONG'])

/** Says nothing: how the destination ended says why. */
class DestinationGone extends Error {}

function completed(stream: StreamDescriptor, nowMs: number): AirbyteMessage {
  return {
    type: 'TRACE',
    trace: {
      type: 'STREAM_STATUS',
      emitted_at: nowMs,
      stream_status: { stream_descriptor: stream, status: 'COMPLETE' },
    },
  }
}
