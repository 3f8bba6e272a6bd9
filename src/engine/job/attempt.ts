// One attempt of one job: prepares both connectors, pumps, and says how it ended. While it runs it
// keeps its lease; when the lease is lost it ends its connectors and stores nothing more (L6).
import type { StreamDescriptor } from '../../protocol/message.ts'
import { type ConnectorProcess, startConnector } from '../../protocol/spawn.ts'
import { systemClock } from '../../std/clock.ts'
import { isAbort, TransientError } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { retry } from '../../std/retry.ts'
import { Secret } from '../../std/secrets.ts'
import { sealConfiguration } from '../connector/actor-configuration.ts'
import { type AttemptLog, createAttemptLog } from '../pump/attempt-log.ts'
import { fenced, saveState } from './checkpoint.ts'
import { scrubber, secretsOf } from '../connector/configuration.ts'
import type { ConnectorCommands } from '../connector/command.ts'
import { failureOf, failureOfError, scrubFailure } from '../connector/failure.ts'
import { holdLease, leaseMs } from './lease.ts'
import { fail, failureKind, succeed } from './outcome.ts'
import { prepare, type Prepared, type PreparedSide, type PrepareParts } from './prepare.ts'
import { pump } from '../pump/pump.ts'
import type { JobRetryPolicy } from './retry.ts'
import { createStateLedger, type StateLedger } from '../pump/state-ledger.ts'
import { type ActorKind, replaceConfiguration } from '../store/actor.ts'
import {
  type Failure,
  type FailureKind,
  insertLogLines,
  releaseAttempt,
  renewLease,
  upsertStreamStats,
} from '../store/attempt.ts'
import type { ClaimedJob } from '../store/job.ts'

export interface AttemptParts extends PrepareParts {
  commands: ConnectorCommands
  runFolder: string
  retryPolicy: JobRetryPolicy
  log: Logger
}

export interface RunningAttempt {
  done: Promise<void>
  /** Asks at once whether the attempt still has its turn. */
  look(): void
}

/** Airbyte's own bound for a job with all its attempts. */
const jobMsMax = 3 * 24 * 60 * 60_000

export function startAttempt(
  parts: AttemptParts,
  claimed: ClaimedJob,
  stop: AbortSignal,
): RunningAttempt {
  const book = createBook(parts, claimed)
  const late = AbortSignal.timeout(Math.max(1, Math.ceil(jobMsMax - claimed.ageSeconds * 1000)))
  const lease = holdLease(book.renew)
  const signal = AbortSignal.any([lease.lost, stop, late])
  const log = parts.log.child({ job: claimed.jobId, attempt: claimed.attemptNumber })
  return { look: lease.renewNow, done: run() }

  async function run(): Promise<void> {
    log.info('attempt starts')
    const result = await work(parts, claimed, book, signal)
    try {
      if (!lease.lost.aborted) await settle(result)
    } finally {
      // An end that nobody could be told of must not keep its turn for ever: the lease runs out.
      await lease.end()
      await retry(SETTLE_RETRY, () => releaseAttempt(parts.pool, claimed.attemptId))
    }
    log.info({ failures: result.failures.length, lost: lease.lost.aborted }, 'attempt ended')
  }

  async function settle(result: Result): Promise<void> {
    const { kind, failures } = endedHow(result, stop.aborted, late.aborted)
    book.log.write('platform', 'INFO', kind ? `the attempt failed (${kind})` : 'the sync is done')
    await retry(SETTLE_RETRY, async () => {
      await book.flush().catch((error: unknown) => {
        if (!(error instanceof TransientError) || error.code !== 'ATTEMPT_FENCED') throw error
      })
      if (kind) {
        const said = failures.map((failure) => scrubFailure(failure, book.scrub))
        await fail(parts.pool, claimed, { ...result, kind, failures: said }, parts.retryPolicy)
      } else {
        await succeed(parts.pool, claimed, result.fromNothing, claimed.type === 'clear')
      }
    })
  }
}

/** For as long as the lease would hold; after that, whoever reaps it says how it ended. */
const SETTLE_RETRY = { triesMax: 6, firstDelayMs: 250, delayMsMax: 3_000, factor: 2 }

interface Result {
  failures: Failure[]
  expired: StreamDescriptor[]
  fromNothing: StreamDescriptor[]
}

function endedHow(
  result: Result,
  stopped: boolean,
  late: boolean,
): { kind: FailureKind | undefined; failures: Failure[] } {
  const now = systemClock.now()
  if (late) {
    const sentence = `the job ran for ${jobMsMax / 3_600_000} hours and was ended`
    return { kind: 'config', failures: [failureOf('replication', 'system_error', sentence, now)] }
  }
  if (stopped) {
    const sentence = 'the worker was stopped; the next one goes on'
    return {
      kind: 'lost',
      failures: [failureOf('airbyte_platform', 'transient_error', sentence, now)],
    }
  }
  if (result.failures.length === 0) return { kind: undefined, failures: [] }
  return { kind: failureKind(result.failures, result.expired), failures: result.failures }
}

interface Book {
  log: AttemptLog
  ledger: StateLedger
  /** Without the connectors' secrets, as soon as they are known (L5). */
  scrub(text: string): string
  /** From now on these do not get into the log, and these streams are counted. */
  open(secrets: string[], ledger: StateLedger): void
  renew(): Promise<boolean>
  flush(): Promise<void>
}

/** Log and counts, brought to the database with every renewal of the lease. */
function createBook(parts: AttemptParts, claimed: ClaimedJob): Book {
  const { pool } = parts
  const { attemptId } = claimed
  let scrub = (text: string) => text
  const log = createAttemptLog((text) => scrub(text))
  const book: Book = {
    log,
    scrub: (text) => scrub(text),
    ledger: createStateLedger([]),
    open: (secrets, ledger) => {
      scrub = scrubber(secrets)
      book.ledger = ledger
    },
    renew: async () => {
      if (!(await renewLease(pool, attemptId, leaseMs))) return false
      await book.flush()
      return true
    },
    flush: () =>
      fenced(pool, attemptId, async (db) => {
        const { first, lines } = log.take()
        if (lines.length > 0) await insertLogLines(db, attemptId, first, lines)
        await upsertStreamStats(db, attemptId, book.ledger.stats())
      }),
  }
  return book
}

async function work(
  parts: AttemptParts,
  claimed: ClaimedJob,
  book: Book,
  signal: AbortSignal,
): Promise<Result> {
  let fromNothing: StreamDescriptor[] = []
  try {
    const prepared = await prepare(parts, claimed)
    fromNothing = prepared.fromNothing
    const { source, destination } = prepared
    const secrets = await Promise.all([
      secretsOfSide(parts, source),
      secretsOfSide(parts, destination),
    ])
    book.open(secrets.flat(), createStateLedger(prepared.names))
    const ends = `${source.definition.name} to ${destination.definition.name}`
    book.log.write('platform', 'INFO', `${claimed.type}, attempt ${claimed.attemptNumber}: ${ends}`)
    const outcome = await replicate(parts, claimed, prepared, book, signal)
    if (outcome.failures.length === 0) book.ledger.commitAll()
    // A stream that had no state has none that could expire: its error is what it is.
    const expired = outcome.expired.filter((stream) => !fromNothing.some(sameAs(stream)))
    return { failures: outcome.failures, expired, fromNothing }
  } catch (error) {
    if (signal.aborted && isAbort(error)) return { failures: [], expired: [], fromNothing }
    const failure = failureOfError('airbyte_platform', error, systemClock.now())
    book.log.write('platform', 'ERROR', failure.externalMessage)
    return { failures: [failure], expired: [], fromNothing }
  }
}

function sameAs(stream: StreamDescriptor): (other: StreamDescriptor) => boolean {
  return (other) => other.name === stream.name && other.namespace === stream.namespace
}

async function secretsOfSide(parts: AttemptParts, side: PreparedSide): Promise<string[]> {
  const spec = await parts.commands.spec(side.definition)
  return secretsOf(spec.connectionSpecification, side.configuration)
}

async function replicate(
  parts: AttemptParts,
  claimed: ClaimedJob,
  prepared: Prepared,
  book: Book,
  signal: AbortSignal,
) {
  signal.throwIfAborted()
  const { destination, source } = prepared
  const start = (
    kind: ActorKind,
    side: PreparedSide,
    inputs: { catalog: unknown; state?: string },
  ) =>
    startConnector({
      command: side.definition.command,
      verb: kind === 'source' ? 'read' : 'write',
      inputs: {
        config: new Secret(JSON.stringify(side.configuration)),
        catalog: new Secret(JSON.stringify(inputs.catalog)),
        ...(inputs.state === undefined ? {} : { state: new Secret(inputs.state) }),
      },
      runFolder: parts.runFolder,
      onStderr: (line) => book.log.write(kind, 'INFO', line),
    })
  const to = await start('destination', destination, { catalog: prepared.destinationCatalog })
  const from = await startSource(claimed, to, () =>
    start('source', source, {
      catalog: prepared.sourceCatalog,
      ...(prepared.state === undefined ? {} : { state: prepared.state }),
    }),
  )
  const sides: Record<ActorKind, PreparedSide> = { source, destination }
  return pump({
    source: from,
    destination: to,
    names: prepared.names,
    supportsRefreshes: destination.definition.supportsRefreshes,
    ledger: book.ledger,
    log: book.log,
    saveState: (state) => saveState(parts.pool, claimed, state),
    saveConfiguration: (kind, configuration) => {
      const { actorId } = sides[kind]
      const sealed = sealConfiguration(parts.sealingKey, actorId, configuration)
      return fenced(parts.pool, claimed.attemptId, (db) =>
        replaceConfiguration(db, actorId, sealed),
      )
    },
    signal,
  })
}

/** A job that clears reads nothing. A source that does not start leaves no destination behind. */
async function startSource(
  claimed: ClaimedJob,
  destination: ConnectorProcess,
  start: () => Promise<ConnectorProcess>,
): Promise<ConnectorProcess | undefined> {
  if (claimed.type === 'clear') return undefined
  try {
    return await start()
  } catch (error) {
    await destination.stop()
    throw error
  }
}
