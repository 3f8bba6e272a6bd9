// The short commands of a connector: spec, check and discover. A few at a time (L9), each within a
// bounded time; what a definition's spec says is asked once. What one says of its configuration is
// without the secrets in it (L5).
import type {
  AirbyteCatalog,
  AirbyteMessage,
  ConnectionStatus,
  ConnectorSpecification,
  TraceError,
} from '../../protocol/message.ts'
import { type ConnectorVerb, startConnector } from '../../protocol/spawn.ts'
import { ConfigError, SystemError, type TartanError, TransientError } from '../../std/errors.ts'
import { lines } from '../../std/jsonl.ts'
import type { Logger } from '../../std/log.ts'
import type { Secret } from '../../std/secrets.ts'
import { type Configuration, scrubber, secretsOf } from './configuration.ts'
import type { ConnectorDefinition } from './definition.ts'
import { parseMessage } from './message.ts'

export interface ConnectorCommands {
  spec(definition: ConnectorDefinition): Promise<ConnectorSpecification>
  check(definition: ConnectorDefinition, config: Secret): Promise<ConnectionStatus>
  discover(
    definition: ConnectorDefinition,
    config: Secret,
    signal?: AbortSignal,
  ): Promise<AirbyteCatalog>
}

/** Airbyte's own number of checks at once. */
const commandsAtOnceMax = 5
const commandMsMax = 5 * 60_000

export function connectorCommands(runFolder: string, log: Logger): ConnectorCommands {
  const specs = new Map<string, Promise<ConnectorSpecification>>()
  const slot = createSlots(commandsAtOnceMax)
  const spec = (definition: ConnectorDefinition): Promise<ConnectorSpecification> => {
    const known = specs.get(definition.definitionId)
    if (known) return known
    const asked = run(definition, 'spec', undefined, (message) =>
      message.type === 'SPEC' ? message.spec : undefined,
    )
    specs.set(definition.definitionId, asked)
    asked.catch(() => specs.delete(definition.definitionId))
    return asked
  }
  /** Of a connector that does not say what is secret, every text is. */
  const scrubberOf = async (definition: ConnectorDefinition, config: Secret) => {
    const said = await spec(definition).catch(() => undefined)
    const configuration = JSON.parse(config.reveal()) as Configuration
    return scrubber(secretsOf(said?.connectionSpecification, configuration))
  }
  const run = async <T>(
    definition: ConnectorDefinition,
    verb: ConnectorVerb,
    config: Secret | undefined,
    answer: (message: AirbyteMessage, scrub: Scrub) => T | undefined,
    signal?: AbortSignal,
  ): Promise<T> => {
    const scrub = config ? await scrubberOf(definition, config) : (text: string) => text
    await using _slot = await slot()
    signal?.throwIfAborted()
    return runCommand({ definition, verb, config, answer, scrub, runFolder, log, signal })
  }
  return {
    spec,
    check: (definition, config) =>
      run(definition, 'check', config, (message, scrub) =>
        message.type === 'CONNECTION_STATUS'
          ? scrubbed(message.connectionStatus, scrub)
          : undefined,
      ),
    discover: (definition, config, signal) =>
      run(
        definition,
        'discover',
        config,
        (message) => (message.type === 'CATALOG' ? message.catalog : undefined),
        signal,
      ),
  }
}

type Scrub = (text: string) => string

function scrubbed<T extends { message?: string }>(said: T, scrub: Scrub): T {
  return said.message === undefined ? said : { ...said, message: scrub(said.message) }
}

interface Command<T> {
  definition: ConnectorDefinition
  verb: ConnectorVerb
  config: Secret | undefined
  answer: (message: AirbyteMessage, scrub: Scrub) => T | undefined
  scrub: Scrub
  runFolder: string
  log: Logger
  /** Nobody waits for the answer any more. */
  signal: AbortSignal | undefined
}

async function runCommand<T>(command: Command<T>): Promise<T> {
  const { definition, verb, config, scrub, log, signal } = command
  const child = await startConnector({
    command: definition.command,
    verb,
    inputs: config === undefined ? {} : { config },
    runFolder: command.runFolder,
    onStderr: (line) => log.debug({ connector: definition.name, verb }, scrub(line)),
  })
  child.stdin.end()
  let late = false
  const timer = setTimeout(() => {
    late = true
    void child.stop()
  }, commandMsMax)
  const onAbort = () => void child.stop()
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  let answer: T | undefined
  let failure: TraceError | undefined
  try {
    for await (const line of lines(child.stdout)) {
      const message = parseMessage(line.toString('utf8'))
      if (!message) continue
      answer ??= command.answer(message, scrub)
      if (message.type === 'TRACE')
        failure ??= message.trace.error && scrubbed(message.trace.error, scrub)
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    await child.stop()
  }
  signal?.throwIfAborted()
  if (answer !== undefined) return answer
  const { code } = await child.exited
  throw commandError(definition, verb, late, code, failure)
}

function commandError(
  definition: ConnectorDefinition,
  verb: ConnectorVerb,
  late: boolean,
  code: number | null,
  failure: TraceError | undefined,
): TartanError {
  const about = `${verb} of the connector ${definition.name}`
  if (late) {
    return new TransientError('CONNECTOR_TIMEOUT', `${about} took over ${commandMsMax} ms`)
  }
  if (!failure) {
    const how = `ended with code ${code ?? 'none'}`
    const sentence = `${about} gave no answer that is one by the protocol, and ${how}`
    return new SystemError('CONNECTOR_SILENT', sentence)
  }
  const sentence = `${about} failed: ${failure.message}`
  if (failure.failure_type === 'config_error') return new ConfigError('CONNECTOR_CONFIG', sentence)
  if (failure.failure_type === 'transient_error') {
    return new TransientError('CONNECTOR_TRANSIENT', sentence)
  }
  return new SystemError('CONNECTOR_FAILED', sentence)
}

/** Lets `atOnce` callers pass; the others wait in their order. */
function createSlots(atOnce: number): () => Promise<AsyncDisposable> {
  let free = atOnce
  const waiting: (() => void)[] = []
  return async () => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    return {
      [Symbol.asyncDispose]: async () => {
        const next = waiting.shift()
        if (next) next()
        else free += 1
      },
    }
  }
}
