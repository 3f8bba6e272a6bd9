// A connector as a program: `spec`, `check`, `discover`, `read` and `write` over stdio. Stdout
// belongs to the protocol and every write waits for `drain` (L9); a failure is one TRACE ERROR
// that says who must act, and an exit code that is not zero. Input files are read once, at the
// start, since the platform wipes them (L5).
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { type Clock, systemClock } from '../std/clock.ts'
import { classify, ConfigError, EXIT_CODE, TransientError } from '../std/errors.ts'
import { keepNurserySmall } from '../std/memory.ts'
import { encode, errorTrace, type Failure, decode } from './codec.ts'
import type {
  AirbyteCatalog,
  AirbyteMessage,
  ConfiguredCatalog,
  ConfiguredStream,
  ConnectorSpecification,
  LogLevel,
  StateMessage,
} from './message.ts'

export interface Connector<Config> {
  spec: ConnectorSpecification
  /** The user's configuration, checked; throws a ConfigError that names what is wrong. */
  configure(raw: unknown): Config
  /** Throws when the configuration does not work. */
  check(config: Config, context: ConnectorContext): Promise<void>
  discover?(config: Config): AirbyteCatalog
  read?(
    config: Config,
    catalog: ConfiguredCatalog,
    states: StateMessage[],
    context: ConnectorContext,
  ): Promise<void>
  write?(
    config: Config,
    catalog: ConfiguredCatalog,
    input: Readable,
    context: ConnectorContext,
  ): Promise<void>
}

export interface ConnectorContext {
  clock: Clock
  /** Fires when the connector must end: SIGTERM, or nobody reads its stdout. */
  signal: AbortSignal
  send(message: AirbyteMessage): Promise<void>
  /** Lines that are messages already. */
  sendBytes(bytes: Buffer): Promise<void>
  log(level: LogLevel, message: string): Promise<void>
  /** Tells of a failure that does not end the run at once (L7); the exit code will not be zero. */
  fail(failure: Failure): Promise<void>
}

export interface ConnectorIo {
  stdin: Readable
  stdout: Writable
}

/** What a shell reports for a process that SIGTERM ended; the platform takes it as in order. */
const EXIT_TERMINATED = 143
const EXIT_USAGE = 2
/** After SIGTERM; the platform kills after five seconds. */
const stopMsMax = 4_000

/** Runs one command to its end and answers the exit code. */
export async function runConnector<Config>(
  connector: Connector<Config>,
  argv: readonly string[],
  io: ConnectorIo,
  clock: Clock = systemClock,
): Promise<number> {
  keepNurserySmall()
  const stop = new AbortController()
  let exitCode = 0
  const context = contextOf(io.stdout, stop.signal, clock, (code) => {
    if (exitCode === 0) exitCode = code
  })
  io.stdout.on('error', (cause) => {
    stop.abort(new TransientError('PLATFORM_GONE', 'nobody reads our output any more', { cause }))
  })
  const terminate = () => stop.abort(new TransientError('TERMINATED', 'told to stop by SIGTERM'))
  process.once('SIGTERM', terminate)
  const overdue = afterStop(stop.signal, clock)
  try {
    const work = runCommand(connector, argv, io.stdin, context)
    work.catch(() => {}) // where `overdue` wins, nobody waits for it
    await Promise.race([work, overdue])
  } catch (error) {
    if (stop.signal.aborted) return EXIT_TERMINATED
    await context.fail({ error: classify(error) }).catch(() => {})
    if (error instanceof UsageError) return EXIT_USAGE
  } finally {
    process.off('SIGTERM', terminate)
  }
  await flush(io.stdout)
  return exitCode
}

class UsageError extends ConfigError {}

async function runCommand<Config>(
  connector: Connector<Config>,
  argv: readonly string[],
  stdin: Readable,
  context: ConnectorContext,
): Promise<void> {
  const { verb, files } = parseCommand(argv)
  if (verb === 'spec') return context.send({ type: 'SPEC', spec: connector.spec })
  const raw = await readJson(files.config, '--config')
  if (verb === 'check') return check(connector, raw, context)
  const config = connector.configure(raw)
  if (verb === 'discover' && connector.discover) {
    return context.send({ type: 'CATALOG', catalog: connector.discover(config) })
  }
  if (verb === 'read' && connector.read) {
    const catalog = catalogOf(await readJson(files.catalog, '--catalog'))
    const states = files.state === undefined ? [] : statesOf(await readJson(files.state, '--state'))
    return connector.read(config, catalog, states, context)
  }
  if (verb === 'write' && connector.write) {
    const catalog = catalogOf(await readJson(files.catalog, '--catalog'))
    return connector.write(config, catalog, stdin, context)
  }
  throw new UsageError(
    'COMMAND_UNKNOWN',
    'the command must be spec, check --config, discover --config, ' +
      'read --config --catalog [--state] (a source) or write --config --catalog (a destination)',
  )
}

/** That a configuration does not work is check's answer, not its failure. */
async function check<Config>(
  connector: Connector<Config>,
  raw: unknown,
  context: ConnectorContext,
): Promise<void> {
  try {
    await connector.check(connector.configure(raw), context)
  } catch (error) {
    const failure = classify(error)
    if (failure.kind === 'system') throw failure
    const connectionStatus = { status: 'FAILED', message: failure.message } as const
    return context.send({ type: 'CONNECTION_STATUS', connectionStatus })
  }
  return context.send({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } })
}

function contextOf(
  stdout: Writable,
  signal: AbortSignal,
  clock: Clock,
  onExitCode: (code: number) => void,
): ConnectorContext {
  const sendBytes = async (bytes: Buffer | string) => {
    signal.throwIfAborted()
    if (!stdout.write(bytes)) await once(stdout, 'drain', { signal })
  }
  const send = (message: AirbyteMessage) => sendBytes(encode(message))
  return {
    clock,
    signal,
    sendBytes,
    send,
    log: (level, message) => send({ type: 'LOG', log: { level, message } }),
    fail: async (failure) => {
      onExitCode(EXIT_CODE[failure.error.kind])
      await send(errorTrace(failure, clock))
    },
  }
}

interface Command {
  verb: string | undefined
  files: { config?: string; catalog?: string; state?: string }
}

function parseCommand(argv: readonly string[]): Command {
  const file = { type: 'string' } as const
  try {
    const { positionals, values } = parseArgs({
      args: [...argv],
      options: { config: file, catalog: file, state: file },
      allowPositionals: true,
    })
    return { verb: positionals[0], files: values }
  } catch (cause) {
    throw new UsageError('COMMAND_UNKNOWN', 'the options are --config, --catalog and --state', {
      cause,
    })
  }
}

async function readJson(path: string | undefined, option: string): Promise<unknown> {
  if (path === undefined) throw new UsageError('OPTION_MISSING', `${option} <file> is missing`)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ConfigError('FILE_UNREADABLE', `the file behind ${option} cannot be read`, { cause })
  }
  try {
    return decode(text)
  } catch {
    // The parser's own message would quote the file, which may hold a secret (L5).
    throw new ConfigError('FILE_NOT_JSON', `the file behind ${option} is not JSON`)
  }
}

function catalogOf(raw: unknown): ConfiguredCatalog {
  const streams = isObject(raw) ? raw['streams'] : undefined
  if (!Array.isArray(streams) || !streams.every(isConfiguredStream)) {
    throw new ConfigError('CATALOG_INVALID', 'the catalog must be {"streams": [{"stream": …}, …]}')
  }
  return { streams }
}

function isConfiguredStream(value: unknown): value is ConfiguredStream {
  if (!isObject(value) || !isObject(value['stream'])) return false
  const { name, namespace, json_schema: schema } = value['stream']
  const isNamed = typeof name === 'string' && typeof (namespace ?? '') === 'string'
  return isNamed && (schema === undefined || isObject(schema))
}

/** A list of states; one state; or, from platforms of old, the bare state itself. */
function statesOf(raw: unknown): StateMessage[] {
  if (Array.isArray(raw)) return raw.filter(isObject)
  if (!isObject(raw) || Object.keys(raw).length === 0) return []
  if ('type' in raw || 'stream' in raw || 'global' in raw) return [raw]
  return [{ type: 'LEGACY', data: raw }]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function afterStop(signal: AbortSignal, clock: Clock): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  await clock.sleep(stopMsMax)
  throw new TransientError('STOP_OVERDUE', `did not stop within ${stopMsMax} ms`)
}

function flush(stdout: Writable): Promise<void> {
  return new Promise((resolve) => {
    stdout.write('', () => resolve())
  })
}
