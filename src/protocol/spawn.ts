// The platform's side of a connector: a process of its own group, fed by files that only we may
// read (L5) and by pipes that keep the reader's pace (L9). Nothing of our environment that could
// be a secret reaches it, and whatever a killed worker left behind is ended and wiped at the next
// start.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { ConfigError, errorCode, messageOf } from '../std/errors.ts'
import { lines } from '../std/jsonl.ts'
import { identify } from '../std/process.ts'
import type { Secret } from '../std/secrets.ts'

export type ConnectorVerb = 'spec' | 'check' | 'discover' | 'read' | 'write'

export interface ConnectorStart {
  command: readonly string[]
  /** None for a program that is no connector. */
  verb?: ConnectorVerb
  /** What the process finds behind `--config`, `--catalog` and `--state`. */
  inputs: { config?: Secret; catalog?: Secret; state?: Secret }
  /** Beside what every program needs. */
  environment?: Record<string, string>
  /** Holds one folder a process; 0700. */
  runFolder: string
  /** Gets every line of stderr. */
  onStderr: (line: string) => void
}

export interface ConnectorExit {
  /** Null when a signal ended it. */
  code: number | null
  signal: NodeJS.Signals | null
}

export interface ConnectorProcess {
  pid: number
  stdin: Writable
  stdout: Readable
  exited: Promise<ConnectorExit>
  /** Wipes the input files: call it at the first message that proves that they were read. */
  forgetInputs(): Promise<void>
  /** SIGTERM, and SIGKILL to the whole group after `connectorStopMsMax`. Safe to repeat. */
  stop(): Promise<ConnectorExit>
}

/** How long a connector may take to end after SIGTERM. */
const connectorStopMsMax = 5_000

/** A longer line of stderr ends its reading. */
const stderrBytesMax = 1024 * 1024

/** Connectors read their files when they start; secrets do not lie around for longer (L5). */
const inputsMsMax = 120_000

/** What a program needs to run at all; the rest of our environment may hold secrets. */
const ENVIRONMENT = [
  'PATH',
  'HOME',
  'LANG',
  'TZ',
  'TMPDIR',
  'DOCKER_HOST',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'TARTAN_LOG_LEVEL',
  'TARTAN_TLS_CA_FILE',
  'NODE_COMPILE_CACHE',
]

export async function startConnector(start: ConnectorStart): Promise<ConnectorProcess> {
  const [program, ...first] = start.command
  if (program === undefined) {
    throw new ConfigError('CONNECTOR_COMMAND_EMPTY', 'a connector definition has no command')
  }
  const folder = await makeFolder(start.runFolder)
  try {
    const verb = start.verb === undefined ? [] : [start.verb]
    const args = [...first, ...verb, ...(await writeInputs(folder, start.inputs))]
    const inherited = ENVIRONMENT.map((name) => [name, process.env[name]])
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: { ...Object.fromEntries(inherited), ...start.environment },
    })
    // At its exit Node empties what nobody listens to: a quick connector's answer would be lost.
    child.stdout.on('readable', () => {})
    child.stderr.on('readable', () => {})
    await started(child, program)
    return await follow(child, folder, start.onStderr)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/**
 * Ends the children of processes that are gone and wipes their folders; folders of living
 * processes stay. Answers how many were swept.
 */
export async function sweepRunFolder(runFolder: string): Promise<number> {
  const names = await readdir(runFolder).catch(() => [])
  let swept = 0
  for (const name of names) {
    const owner = /^\d+\.\w+(?=\.)/.exec(name)?.[0]
    if (owner === undefined || isRunning(owner)) continue
    const folder = join(runFolder, name)
    const child = await readFile(join(folder, CHILD_FILE), 'utf8').catch(() => '')
    if (isRunning(child)) killGroup(pidOf(child), 'SIGKILL')
    await rm(folder, { recursive: true, force: true })
    swept += 1
  }
  return swept
}

const CHILD_FILE = 'child'

async function makeFolder(runFolder: string): Promise<string> {
  await mkdir(runFolder, { recursive: true, mode: 0o700 })
  await chmod(runFolder, 0o700)
  // The owner is in the name, so that a sweep knows whose folder it is however we die.
  return mkdtemp(join(runFolder, `${markOf(process.pid)}.`))
}

async function writeInputs(folder: string, inputs: ConnectorStart['inputs']): Promise<string[]> {
  const args: string[] = []
  for (const [name, content] of Object.entries(inputs)) {
    const path = join(folder, `${name}.json`)
    await writeFile(path, content.reveal(), { mode: 0o600 })
    args.push(`--${name}`, path)
  }
  return args
}

async function started(child: ChildProcess, program: string): Promise<void> {
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw new ConfigError(
      'CONNECTOR_NOT_STARTED',
      `the connector's program ${program} does not start: ${messageOf(cause)}`,
      { cause },
    )
  }
}

async function follow(
  child: ChildProcess,
  folder: string,
  onStderr: (line: string) => void,
): Promise<ConnectorProcess> {
  const { pid, stdin, stdout, stderr } = child
  if (pid === undefined || !stdin || !stdout || !stderr) {
    throw new ConfigError('CONNECTOR_NOT_STARTED', 'the connector has no pipes')
  }
  // A reader that is gone is seen where we write; without a listener it would end our process.
  stdin.on('error', () => {})
  const exited = exitOf(child, pid, folder)
  let forgotten: Promise<void> | undefined
  const forgetInputs = () => (forgotten ??= wipeInputs(folder))
  const forget = setTimeout(() => void forgetInputs(), inputsMsMax)
  void exited.then(() => clearTimeout(forget))
  void logStderr(stderr, onStderr)
  await writeFile(join(folder, CHILD_FILE), markOf(pid)).catch(() => {})
  return {
    pid,
    stdin,
    stdout,
    exited,
    forgetInputs,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return exited
      killGroup(pid, 'SIGTERM')
      const kill = setTimeout(() => killGroup(pid, 'SIGKILL'), connectorStopMsMax)
      return exited.finally(() => clearTimeout(kill))
    },
  }
}

async function wipeInputs(folder: string): Promise<void> {
  for (const name of ['config', 'catalog', 'state']) {
    await rm(join(folder, `${name}.json`), { force: true })
  }
}

function exitOf(child: ChildProcess, pid: number, folder: string): Promise<ConnectorExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      // A grandchild that keeps our pipe open would keep us waiting for its end.
      const kill = setTimeout(() => killGroup(pid, 'SIGKILL'), connectorStopMsMax)
      child.once('close', () => clearTimeout(kill))
      void rm(folder, { recursive: true, force: true })
        .catch(() => {})
        .then(() => resolve({ code, signal }))
    })
  })
}

async function logStderr(stderr: Readable, onStderr: (line: string) => void): Promise<void> {
  try {
    for await (const line of lines(stderr, stderrBytesMax)) {
      if (line.length > 0) onStderr(line.toString('utf8'))
    }
  } catch (error) {
    onStderr(`stderr is not read any further: ${messageOf(error)}`)
    stderr.resume()
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

/** A process as a part of a file's name: its number, and a hash of when it started. */
function markOf(pid: number): string {
  const started = identify(pid)?.started ?? ''
  return `${pid}.${createHash('sha256').update(started).digest('hex').slice(0, 12)}`
}

function pidOf(mark: string): number {
  return Number(mark.split('.')[0])
}

function isRunning(mark: string): boolean {
  const pid = pidOf(mark)
  return identify(pid) !== undefined && markOf(pid) === mark
}
