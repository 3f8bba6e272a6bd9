// A source for tests: the stream `numbers` (incremental on n) and, where wished, `things` (full
// refresh). Its configuration says how it misbehaves.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'

interface Config {
  api_key: string
  rows?: number
  stateEvery?: number
  /** Milliseconds between two states. */
  pauseMs?: number
  things?: boolean
  /** Fails after so many rows, as often as `times` says (counted in `file`). */
  fail?: { after: number; type: string; times: number; file: string; expired?: boolean }
  /** Sends nothing more after so many rows. */
  hangAfter?: number
  /** Sends no states. */
  stateless?: boolean
  garbage?: boolean
  /** Written, as it is, in the place of a row's line. */
  raw?: Record<string, string>
  foreign?: boolean
  /** Exits well, but calls `things` incomplete. */
  incomplete?: boolean
  /** Tells that `numbers` failed, calls `things` complete, and exits as one that failed. */
  broken?: boolean
  /** Every start is noted here with its state. */
  starts?: string
  checkFails?: boolean
  /** How long it takes to say what it offers. */
  discoverMs?: number
  /** Offers `numbers` twice, in two namespaces. */
  twin?: boolean
  /** A file that says how what it offers has changed, if it is there. */
  offers?: string
}

interface Offers {
  /** New ones of `numbers`, with their schemas. */
  fields?: Record<string, object>
  /** Fields of `numbers` that it has no more. */
  gone?: string[]
  /** New streams, like `numbers`. */
  streams?: string[]
  without?: string[]
  fails?: boolean
}

const NUMBERS_BROKEN = {
  message: 'no numbers today',
  failure_type: 'config_error',
  stream_descriptor: { name: 'numbers' },
}

const [verb, ...rest] = process.argv.slice(2)
const option = (name: string) => {
  const at = rest.indexOf(`--${name}`)
  return at === -1 ? undefined : JSON.parse(readFileSync(rest[at + 1]!, 'utf8'))
}
const say = (message: object) =>
  new Promise<void>((resolve) => {
    process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve())
  })
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const stream = (name: string, cursor: string | undefined) => ({
  name,
  json_schema: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      n: { type: 'integer' },
      ...(cursor
        ? { note: { type: 'string' }, _ab_cdc_deleted_at: { type: 'string', format: 'date-time' } }
        : {}),
    },
  },
  supported_sync_modes: cursor ? ['full_refresh', 'incremental'] : ['full_refresh'],
  ...(cursor ? { source_defined_cursor: true, default_cursor_field: [cursor] } : {}),
  source_defined_primary_key: [['id']],
})

if (verb === 'spec') await say({ type: 'SPEC', spec: spec() })
else {
  const config = option('config') as Config
  if (verb === 'check') {
    const status = config.checkFails ? 'FAILED' : 'SUCCEEDED'
    const message = config.checkFails ? `no bank has ${config.api_key}` : 'checked'
    await say({ type: 'CONNECTION_STATUS', connectionStatus: { status, message } })
  } else if (verb === 'discover') {
    if (config.checkFails) {
      const message = `no such bank for ${config.api_key}`
      await traceError({ message, failure_type: 'config_error' })
    }
    if (config.discoverMs) await pause(config.discoverMs)
    const changed = offersOf(config)
    if (changed.fails) await traceError({ message: `no ${config.api_key}`, failure_type: 'x' })
    const numbers = stream('numbers', 'n')
    Object.assign(numbers.json_schema.properties, changed.fields)
    for (const field of changed.gone ?? []) {
      delete (numbers.json_schema.properties as Record<string, unknown>)[field]
    }
    const streams = [
      ...(config.twin
        ? ['numbers', 'other'].map((namespace) => ({ ...numbers, namespace }))
        : [numbers]),
      ...(config.things ? [stream('things', undefined)] : []),
      ...(changed.streams ?? []).map((name) => stream(name, 'n')),
    ].filter(({ name }) => !changed.without?.includes(name))
    if (config.offers) appendFileSync(`${config.offers}.asked`, 'asked\n')
    await say({ type: 'CATALOG', catalog: { streams } })
  } else await read(config)
}

function offersOf({ offers }: Config): Offers {
  return offers && existsSync(offers) ? JSON.parse(readFileSync(offers, 'utf8')) : {}
}

function spec() {
  return {
    connectionSpecification: {
      type: 'object',
      required: ['api_key'],
      properties: {
        api_key: { type: 'string', airbyte_secret: true },
        rows: { type: 'integer' },
      },
      additionalProperties: true,
    },
  }
}

async function read(config: Config): Promise<void> {
  const catalog = option('catalog') as { streams: { stream: { name: string } }[] }
  const states = (option('state') ?? []) as {
    stream: { stream_descriptor: { name: string }; stream_state: { n: number } }
  }[]
  if (config.starts) {
    const key = process.env['TARTAN_DATABASE_URL'] ?? ''
    appendFileSync(config.starts, `${JSON.stringify({ states, catalog, key, argv: rest })}\n`)
  }
  const saved = (name: string) =>
    states.find((one) => one.stream.stream_descriptor.name === name)?.stream.stream_state.n ?? 0
  if (config.garbage) {
    process.stdout.write('not a message\n[INFO] {"half": \n\n{"type":"WHAT"}\n')
    const record = { stream: 'numbers', emitted_at: 1, data: { id: 'A payee' } }
    process.stderr.write(`${JSON.stringify({ type: 'RECORD', record })}\nsaid on stderr\n`)
  }
  if (config.foreign)
    await say({ type: 'RECORD', record: { stream: 'unknown', data: {}, emitted_at: 1 } })
  for (const { stream } of catalog.streams) {
    if (config.broken) process.exitCode = 1
    if (config.broken && stream.name === 'numbers') await tellError(NUMBERS_BROKEN)
    else
      await (stream.name === 'things'
        ? things(config)
        : numbers(config, saved(stream.name), stream.name))
  }
}

async function numbers(config: Config, from: number, stream: string): Promise<void> {
  const extra = Object.keys(offersOf(config).fields ?? {}).map((field) => [field, 'new'])
  const rows = config.rows ?? 10
  const every = config.stateEvery ?? 5
  if (config.fail?.expired && from > 0 && shouldFail(config.fail)) {
    await traceError({
      message: 'the store was rebuilt',
      failure_type: 'config_error',
      state_expired: true,
      stream_descriptor: { name: 'numbers' },
    })
  }
  for (let n = from + 1; n <= rows; n++) {
    const data = { id: `n${n}`, n, ...Object.fromEntries(extra) }
    const raw = config.raw?.[n]
    if (raw !== undefined) process.stdout.write(raw)
    else await say({ type: 'RECORD', record: { stream, emitted_at: 1, data } })
    if (!config.stateless && (n % every === 0 || n === rows)) {
      await state(stream, { n })
      if (config.pauseMs) await pause(config.pauseMs)
    }
    if (config.hangAfter === n) await pause(600_000)
    const { fail } = config
    if (fail && !fail.expired && n - from === fail.after && shouldFail(fail)) {
      if (fail.type === 'exit') process.exit(7)
      await traceError({ message: `it broke with ${config.api_key}`, failure_type: fail.type })
    }
  }
  if (from >= rows && !config.stateless) await state(stream, { n: from })
}

async function things(config: Config): Promise<void> {
  for (let n = 1; n <= 3; n++) {
    const record = { stream: 'things', emitted_at: 1, data: { id: `t${n}` } }
    await say({ type: 'RECORD', record })
  }
  await state('things', {})
  if (!config.incomplete && !config.broken) return
  const status = config.broken ? 'COMPLETE' : 'INCOMPLETE'
  const stream_status = { stream_descriptor: { name: 'things' }, status }
  await say({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 1, stream_status } })
}

function state(name: string, stream_state: object): Promise<void> {
  const stream = { stream_descriptor: { name }, stream_state }
  return say({ type: 'STATE', state: { type: 'STREAM', stream } })
}

function shouldFail(fail: { times: number; file: string }): boolean {
  const done = existsSync(fail.file) ? Number(readFileSync(fail.file, 'utf8')) : 0
  if (done >= fail.times) return false
  writeFileSync(fail.file, String(done + 1))
  return true
}

function tellError(error: object): Promise<void> {
  return say({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1, error } })
}

async function traceError(error: object): Promise<never> {
  await tellError(error)
  process.exit(1)
}
