// The step after a sync: a command of the machine's, run within the attempt, so that its log is the
// job's and a cancel ends it too. What the sync brought is made its own before, so that nothing
// that becomes of the step takes any of it back; and a step that fails fails no sync.
import { systemClock } from '../../std/clock.ts'
import { isAbort, messageOf } from '../../std/errors.ts'
import { lines } from '../../std/jsonl.ts'
import { type ConnectorProcess, startConnector } from '../../protocol/spawn.ts'
import type { PostSync } from '../connection/post-sync.ts'
import { type AttemptStart, endOfSuccess } from '../connection/stream-life.ts'
import { endStreams } from '../connection/stream-rows.ts'
import { keepPostSync } from '../store/attempt.ts'
import type { ClaimedJob } from '../store/job.ts'
import type { AttemptReport } from './attempt-report.ts'
import { fenced } from './fence.ts'
import type { ReplicationParts } from './replication.ts'

export interface PostSyncParts extends ReplicationParts {
  postSync: PostSync
}

const lineBytesMax = 1024 * 1024
/** Output that is still open when the program has ended belongs to somebody whom it left behind. */
const tailMsMax = 2_000

/** Rejects with an abort, or where the attempt has lost its turn; for nothing else. */
export async function runPostSync(
  parts: PostSyncParts,
  claimed: ClaimedJob,
  name: string,
  start: AttemptStart,
  report: AttemptReport,
  signal: AbortSignal,
): Promise<void> {
  const { attemptId, connectionId } = claimed
  await fenced(parts.pool, attemptId, (db) =>
    endStreams(db, connectionId, endOfSuccess(claimed.type, start)),
  )
  report.log.write('platform', 'INFO', `after the sync: ${name}`)
  const message = await failureOfStep(parts, claimed, name, report, signal)
  signal.throwIfAborted()
  const said = message === undefined ? `${name} is done` : `${name} failed: ${message}`
  report.log.write('platform', message === undefined ? 'INFO' : 'ERROR', said)
  const status = message === undefined ? 'succeeded' : 'failed'
  const told = { command: name, status, ...(message === undefined ? {} : { message }) } as const
  await fenced(parts.pool, attemptId, (db) => keepPostSync(db, attemptId, told))
}

async function failureOfStep(
  parts: PostSyncParts,
  claimed: ClaimedJob,
  name: string,
  report: AttemptReport,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { commands, msMax } = parts.postSync
  const found = commands.find((one) => one.name === name)
  if (!found) return 'this machine’s configuration names no such command any more'
  const late = AbortSignal.timeout(msMax)
  try {
    const program = await startConnector({
      command: found.command,
      inputs: {},
      environment: {
        TARTAN_JOB_ID: claimed.jobId,
        TARTAN_CONNECTION_ID: claimed.connectionId,
      },
      runFolder: parts.runFolder,
      onStderr: (line) => report.log.write('platform', 'INFO', `${name}: ${line}`),
    })
    return await endOf(program, name, report, AbortSignal.any([signal, late]), () =>
      late.aborted ? `it took longer than ${msMax / 60_000} minutes, and was ended` : undefined,
    )
  } catch (error) {
    if (isAbort(error)) throw error
    return messageOf(error)
  }
}

async function endOf(
  program: ConnectorProcess,
  name: string,
  report: AttemptReport,
  over: AbortSignal,
  why: () => string | undefined,
): Promise<string | undefined> {
  const stop = () => void program.stop()
  over.addEventListener('abort', stop)
  if (over.aborted) stop()
  program.stdin.end()
  const told = tell(program, name, report)
  const { code, signal } = await program.exited
  over.removeEventListener('abort', stop)
  await Promise.race([told, systemClock.sleep(tailMsMax)])
  if (over.aborted) return why()
  if (code === 0) return undefined
  return code === null ? `it was ended by ${signal}` : `it ended with exit code ${code}`
}

async function tell(program: ConnectorProcess, name: string, report: AttemptReport): Promise<void> {
  try {
    for await (const line of lines(program.stdout, lineBytesMax)) {
      if (line.length > 0) report.log.write('platform', 'INFO', `${name}: ${line.toString('utf8')}`)
    }
  } catch (error) {
    report.log.write('platform', 'WARN', `${name}: its output is not read on: ${messageOf(error)}`)
    program.stdout.resume()
  }
}
