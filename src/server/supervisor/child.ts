// One process kept alive: started, awaited until it is ready, its words kept, and started again
// with back-off when it dies. What became of it is told before anything else happens (status.ts).
import { type ChildProcess, spawn } from 'node:child_process'
import { isoNow, systemClock } from '../../std/clock.ts'
import {
  ConfigError,
  EXIT_CODE,
  messageOf,
  must,
  SystemError,
  TransientError,
} from '../../std/errors.ts'
import { backoffMs } from '../../std/retry.ts'
import { projectFolder } from '../settings.ts'
import { end, type Identity, identify } from '../../std/process.ts'
import type { LogFile } from './log-file.ts'
import type { ProcessPlan } from './plan.ts'
import type { ProcessStatus } from './status.ts'

export interface Child {
  status: ProcessStatus
  /**
   * Starts it the first time; rejects, with its own last words, when it cannot. An optional one
   * never rejects: it is tried again.
   */
  start(): Promise<void>
  /** Ends it in order, and never starts it again. */
  stop(): Promise<void>
}

/** Recovery after a crash may take a database this long; a service is ready in a second. */
const readyMsMax = 120_000
const lookEveryMs = 50
const RESTART = { triesMax: Infinity, firstDelayMs: 500, delayMsMax: 30_000, factor: 2 }
/** A process that ran this long was well: its next restart is quick again. */
const healthyMs = 60_000
const restartsKeptMax = 20
/** How much of its last words are kept to explain its end. */
const wordsBytesMax = 8_192

interface Running {
  process: ChildProcess
  /** Resolves with how it ended, in words, and with its exit code. */
  ended: Promise<{ words: string; code: number | null }>
}

/** `whole` fires when everything is to stop: a start that waits then gives up. */
export function createChild(
  plan: ProcessPlan,
  log: LogFile,
  whole: AbortSignal,
  tell: () => void,
): Child {
  const stopping = new AbortController()
  let running: Running | undefined
  let beginning: Promise<void> = Promise.resolve()
  let keeping: Promise<void> = Promise.resolve()
  const status = waiting(plan)
  return {
    status,
    start: () => (beginning = begin()),
    stop: async () => {
      stopping.abort()
      if (status.identity) await end(status.identity, plan.stopSignal, plan.stopMsMax)
      await running?.ended
      await beginning.catch(() => {})
      await keeping
      await plan.afterStop?.()
      change({ state: 'stopped' })
    },
  }

  function change(to: Partial<ProcessStatus>): void {
    Object.assign(status, to)
    tell()
  }

  async function begin(): Promise<void> {
    await (plan.optional ? startOnce().catch(tellNotStarted) : startOnce())
    keeping = keep()
  }

  function tellNotStarted(error: unknown): void {
    log.write(`supervisor: ${plan.name} did not start: ${messageOf(error)}\n`)
  }

  async function startOnce(): Promise<void> {
    const stop = AbortSignal.any([stopping.signal, whole])
    running = await launch(plan, log, stop, (identity) => {
      change({ state: 'starting', identity, startedAt: isoNow() })
    })
    void noteEnd(running)
    await becomeReady(plan, running, stop)
    change({ state: 'running' })
  }

  async function noteEnd({ ended }: Running): Promise<void> {
    const { words } = await ended
    log.write(`supervisor: ${plan.name} ended: ${words}\n`)
    delete status.identity
    change({ lastEnd: `${isoNow()} ${words}` })
  }

  async function keep(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      const since = systemClock.now()
      await running?.ended
      if (stopping.signal.aborted) return
      failures = systemClock.now() - since > healthyMs ? 1 : failures + 1
      const restartedAt = [...(status.restartedAt ?? []), isoNow()].slice(-restartsKeptMax)
      change({ state: 'restarting', restarts: status.restarts + 1, restartedAt })
      await systemClock.sleep(backoffMs(RESTART, failures), stopping.signal).catch(() => {})
      if (stopping.signal.aborted) return
      await startOnce().catch(tellNotStarted)
    }
  }
}

function waiting(plan: ProcessPlan): ProcessStatus {
  return {
    name: plan.name,
    state: 'waiting',
    restarts: 0,
    stopSignal: plan.stopSignal,
    ...(plan.port ? { port: plan.port.port } : {}),
    ...(plan.note === undefined ? {} : { note: plan.note }),
    ...(plan.optional ? { optional: true } : {}),
  }
}

async function launch(
  plan: ProcessPlan,
  log: LogFile,
  stop: AbortSignal,
  started: (identity: Identity) => void,
): Promise<Running> {
  const { command, args, channel, ...as } = await plan.launch()
  stop.throwIfAborted()
  const child = spawn(command, args, {
    ...as,
    cwd: projectFolder,
    stdio: ['ignore', 'pipe', 'pipe', ...(channel ? (['ipc'] as const) : [])],
  })
  const words = lastWords()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log.write(chunk)
      words.add(chunk)
    })
  }
  const ended = new Promise<{ words: string; code: number | null }>((resolve) => {
    child.once('error', (error) => resolve({ words: error.message, code: null }))
    child.once('close', (code, signal) => {
      resolve({ words: words.explain(code, signal), code })
    })
  })
  if (child.pid !== undefined) {
    const identity = identify(child.pid)
    if (identity) started(identity)
  }
  return { process: child, ended }
}

async function becomeReady(plan: ProcessPlan, running: Running, stop: AbortSignal): Promise<void> {
  const settled = new AbortController()
  const both = AbortSignal.any([settled.signal, stop])
  try {
    await Promise.race([
      running.ended.then(({ words, code }) => {
        throw endedEarly(plan.name, words, code)
      }),
      plan.look ? lookUntilReady(plan.look, both) : readyMessage(running.process),
      systemClock.sleep(readyMsMax, both).then(() => {
        throw new TransientError(
          'NOT_READY',
          `${plan.name} was not ready after ${readyMsMax / 1000} s: see its log`,
        )
      }),
    ])
  } catch (error) {
    if (!stop.aborted) running.process.kill('SIGKILL')
    throw error
  } finally {
    settled.abort()
  }
}

async function lookUntilReady(look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    const ready = await look().then(
      () => true,
      () => false,
    )
    if (ready) return
    await systemClock.sleep(lookEveryMs, signal)
  }
}

function readyMessage(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve()
    })
  })
}

function endedEarly(name: string, words: string, code: number | null): Error {
  const sentence = `${name} did not start: ${words}`
  if (code === EXIT_CODE.config) return new ConfigError('SERVICE_NOT_STARTED', sentence)
  if (code === EXIT_CODE.transient) return new TransientError('SERVICE_NOT_STARTED', sentence)
  return new SystemError('SERVICE_NOT_STARTED', sentence)
}

/** The end of what a process said, and its reason for ending when it gave one. */
function lastWords(): {
  add(chunk: Buffer): void
  explain(code: number | null, signal: NodeJS.Signals | null): string
} {
  let kept = ''
  return {
    add: (chunk) => {
      kept = (kept + chunk.toString('utf8')).slice(-wordsBytesMax)
    },
    explain: (code, signal) => {
      if (signal !== null) return signal
      const how = `exit code ${must(code, 'no signal, so a code')}`
      if (code === 0) return how
      const lines = kept.split('\n').filter((line) => line.trim() !== '')
      const fatal = lines.map(fatalSentence).findLast((sentence) => sentence !== undefined)
      return fatal ?? `${how}${lines.length > 0 ? `, last words: ${lines.at(-1)}` : ''}`
    },
  }
}

/** `msg` of a log line of level fatal; the servers' own FATAL of PostgreSQL too. */
function fatalSentence(line: string): string | undefined {
  if (!line.startsWith('{')) return /(?:FATAL|PANIC): {2}(.*)/.exec(line)?.[1]
  try {
    const { level, msg } = JSON.parse(line) as { level?: string; msg?: string }
    return level === 'fatal' ? msg : undefined
  } catch {
    return undefined // cut at the front of what was kept
  }
}
