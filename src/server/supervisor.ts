// The supervisor: a detached process that starts the services stage by stage, keeps them alive, and
// stops them in the opposite order. `node src/server/supervisor.ts <data folder>`; the command line
// starts it and reads what it tells in its status file.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isoNow, systemClock } from '../std/clock.ts'
import { classify, EXIT_CODE, must, SystemError } from '../std/errors.ts'
import { requireRun } from './run-file.ts'
import { type Child, createChild } from './supervisor/child.ts'
import { end, identify } from '../std/process.ts'
import { holdsLock, releaseLock, takeLock } from './supervisor/lock.ts'
import { openLogFile } from './supervisor/log-file.ts'
import { makePlan, type ProcessPlan } from './supervisor/plan.ts'
import { requirePorts } from './supervisor/port.ts'
import { readStatus, type SupervisorStatus, writeStatus } from './supervisor/status.ts'

const lockCheckMs = 2_000
const orphanStopMsMax = 10_000

await supervise(must(process.argv[2], 'the data folder is the argument'))

async function supervise(dataFolder: string): Promise<void> {
  const stop = new AbortController()
  process.on('SIGTERM', () => stop.abort())
  process.on('SIGINT', () => stop.abort())
  process.on('SIGHUP', () => {}) // the terminal went; we stay
  mkdirSync(join(dataFolder, 'run'), { recursive: true, mode: 0o700 })
  await takeLock(dataFolder).catch(giveUp)
  const before = readStatus(dataFolder)
  const status: SupervisorStatus = {
    phase: 'starting',
    supervisor: must(identify(process.pid), 'a running process has an identity'),
    startedAt: isoNow(),
    processes: before?.processes ?? [], // until they are known to be gone
  }
  const tell = () => writeStatus(dataFolder, status)
  let children: Child[] = []
  try {
    tell()
    await endOrphans(status)
    const run = await requireRun(dataFolder)
    status.run = run.id
    const plan = await makePlan(run.started, stop.signal)
    await requirePorts(plan.flat().flatMap(({ port }) => port ?? []))
    const stages = plan.map((stage) =>
      stage.map((process) => childOf(dataFolder, process, stop.signal, tell)),
    )
    children = stages.flat()
    status.processes = children.map((child) => child.status)
    for (const stage of stages) {
      if (stop.signal.aborted) break
      await startStage(stage)
    }
    if (!stop.signal.aborted) status.phase = 'running'
    tell()
    await untilStopped(dataFolder, stop.signal)
  } catch (error) {
    if (!stop.signal.aborted) {
      const { kind, code, message } = classify(error)
      status.failure = { kind, code, message }
    }
  }
  status.phase = 'stopping'
  tell()
  for (const child of children.toReversed()) await child.stop()
  status.phase = status.failure ? 'failed' : 'stopped'
  tell()
  releaseLock(dataFolder)
  process.exit(status.failure ? EXIT_CODE[status.failure.kind] : 0)
}

/** Nothing waits for the optional ones. */
async function startStage(stage: Child[]): Promise<void> {
  const started = stage.map((child) => ({ child, done: child.start() }))
  await Promise.all(started.flatMap(({ child, done }) => (child.status.optional ? [] : [done])))
}

function childOf(
  dataFolder: string,
  plan: ProcessPlan,
  whole: AbortSignal,
  tell: () => void,
): Child {
  const log = openLogFile(join(dataFolder, 'logs', `${plan.name}.log`))
  return createChild(plan, log, whole, tell)
}

/** What a killed supervisor left running: its services end themselves, its database not. */
async function endOrphans(status: SupervisorStatus): Promise<void> {
  for (const orphan of status.processes.toReversed()) {
    if (orphan.identity) await end(orphan.identity, orphan.stopSignal, orphanStopMsMax)
  }
}

async function untilStopped(dataFolder: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (!holdsLock(dataFolder)) {
      throw new SystemError('LOCK_LOST', 'another supervisor took this data folder over')
    }
    await systemClock.sleep(lockCheckMs, signal).catch(() => {})
  }
}

/** Before the lock is ours the status file is not ours to write: the exit code and stderr tell. */
function giveUp(error: unknown): never {
  const { kind, message } = classify(error)
  process.stderr.write(`${message}\n`)
  process.exit(EXIT_CODE[kind])
}
