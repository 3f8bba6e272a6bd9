// A destination for tests: appends what it gets to a file and returns states once their records
// are there. Its configuration says how it misbehaves.
import { appendFileSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

interface Config {
  password: string
  file: string
  /** Tells that it cannot take this stream, passes it over and ends with code 3. */
  refuses?: string
  /** Returns no state. */
  mute?: boolean
  /** Returns no more states than so many. */
  statesMax?: number
  /**
   * How it returns states. bare: without what a Python destination's classes have no place for,
   * its keys in another order; twice: each two times; late: all at its end, the newest first.
   */
  returns?: 'bare' | 'twice' | 'late'
  /** Says with each state that it has one record more than it got. */
  miscounts?: boolean
  /** Ends with code 9 after so many states. */
  dieAfterStates?: number
  /** Ends well at the first record. */
  leaveEarly?: boolean
  /** Returns a state that nobody sent. */
  invent?: boolean
  /** Ignores SIGTERM and the end of its input. */
  stubborn?: boolean
  slowMs?: number
  /** What it names as the table of every state. */
  table?: { incarnation: string; commits: number }
  /** Tells after each record how many it committed; of them it could not take so many. */
  rejects?: number
  /** With `rejects`: so many values of the field n became null with each. */
  nulls?: number
  /** Changes its own configuration at every start. */
  turns?: number
  /** Does not know the table of this stream, unless the stream is read from the beginning. */
  expires?: string
}

interface Told {
  stream: { name: string }
}

const [verb, ...rest] = process.argv.slice(2)
const option = (name: string) =>
  JSON.parse(readFileSync(rest[rest.indexOf(`--${name}`) + 1]!, 'utf8'))
const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)

if (verb === 'spec') {
  say({
    type: 'SPEC',
    spec: {
      connectionSpecification: {
        type: 'object',
        required: ['password', 'file'],
        properties: {
          password: { type: 'string', airbyte_secret: true },
          file: { type: 'string' },
        },
      },
      supported_destination_sync_modes: process.env['TEST_MODES']?.split(' ') ?? [
        'append',
        'overwrite',
        'append_dedup',
      ],
    },
  })
} else if (verb === 'check') {
  say({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } })
} else await write(option('config') as Config)

async function write(config: Config): Promise<void> {
  if (config.stubborn) {
    process.on('SIGTERM', () => {})
    process.stdout.on('error', () => {})
    setInterval(() => {}, 1_000)
  }
  const note = (entry: object) => appendFileSync(config.file, `${JSON.stringify(entry)}\n`)
  note({ start: process.pid, catalog: option('catalog') })
  process.stderr.write('a line on stderr\n')
  if (config.invent) {
    const stream = { stream_descriptor: { name: 'numbers' }, stream_state: { n: 999_999 } }
    say({ type: 'STATE', state: { type: 'STREAM', stream, id: 77 } })
  }
  if (config.refuses) {
    const error = {
      message: `the table of ${config.refuses} is locked away`,
      failure_type: 'config_error',
      stream_descriptor: { name: config.refuses },
    }
    say({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1, error } })
  }
  const { expires } = config
  const told = option('catalog').streams.find((one: Told) => one.stream.name === expires)
  if (told && told.minimum_generation_id === 0) {
    const error = {
      message: `the table of ${expires} is another one`,
      failure_type: 'config_error',
      stream_descriptor: { name: expires },
      state_expired: true,
    }
    say({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1, error } })
    process.exitCode = 3
  }
  if (config.turns !== undefined) {
    const connectorConfig = { config: { ...config, turns: config.turns + 1 } }
    say({ type: 'CONTROL', control: { type: 'CONNECTOR_CONFIG', emitted_at: 1, connectorConfig } })
  }
  let states = 0
  let records = 0
  const late: object[] = []
  for await (const line of createInterface({ input: process.stdin })) {
    const message = parsed(line)
    note({ pid: process.pid, message })
    if (message.type === 'RECORD' && config.leaveEarly) process.exit(0)
    if (message.type === 'RECORD' && config.miscounts) records += 1
    if (message.type === 'RECORD' && config.rejects !== undefined) {
      records += 1
      const rejectedRecordCount = Math.min(records, config.rejects)
      const stream_descriptor = { name: message.record.stream }
      const told = { recordCount: records - rejectedRecordCount, rejectedRecordCount }
      const count = records * (config.nulls ?? 0)
      const nulled = count > 0 ? [{ field: 'n', reason: 'TOO_FINE', count }] : undefined
      const value = JSON.stringify({ stream_descriptor, ...told, nulled })
      const analytics = { type: 'destination_committed_records', value }
      say({ type: 'TRACE', trace: { type: 'ANALYTICS', emitted_at: 1, analytics } })
    }
    if (message.type !== 'STATE') continue
    states += 1
    if (config.slowMs) await new Promise((resolve) => setTimeout(resolve, config.slowMs))
    const of = message.state.stream?.stream_descriptor.name
    if (config.table) message.state.destination_table = config.table
    if (config.miscounts) message.state.destinationStats = { recordCount: records + 1 }
    const silent = config.mute || of === config.refuses || process.exitCode === 3
    if (silent || states > (config.statesMax ?? Infinity)) continue
    if (config.returns === 'late') late.unshift(message)
    else say(config.returns === 'bare' ? bare(message) : message)
    if (config.returns === 'twice') say(message)
    if (states === config.dieAfterStates) setTimeout(() => process.exit(9), 50)
  }
  for (const message of late) say(message)
  note({ end: process.pid })
  if (config.refuses) process.exitCode = 3
}

/** Ends without quoting what it could not read. */
function parsed(line: string) {
  try {
    return JSON.parse(line)
  } catch {
    return process.exit(1)
  }
}

function bare({ state: { type, stream } }: { state: { type: string; stream: object } }): object {
  const turned = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .map(([key, item]) => [key, turned(item)])
            .reverse(),
        )
      : value
  return { type: 'STATE', state: { stream: turned(stream), type, data: null } }
}
