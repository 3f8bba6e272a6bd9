// A source whose rows stand in a file that a test writes: `items`, with two fields that may be its
// cursor and two that may be its key. Deletions are followed. At the record that the gate names it
// stands still until the test lets it go on.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

interface Version {
  n: number
  m: number
  _ab_cdc_deleted_at: string | null
}

const [verb, ...rest] = process.argv.slice(2)
const option = (name: string) => {
  const at = rest.indexOf(`--${name}`)
  return at === -1 ? undefined : JSON.parse(readFileSync(rest[at + 1]!, 'utf8'))
}
const out: string[] = []
const say = (message: object) => out.push(`${JSON.stringify(message)}\n`)
const flush = () =>
  new Promise<void>((resolve) => {
    process.stdout.write(out.splice(0).join(''), () => resolve())
  })

if (verb === 'spec') say({ type: 'SPEC', spec: { connectionSpecification: { type: 'object' } } })
else if (verb === 'discover') say({ type: 'CATALOG', catalog: { streams: [stream()] } })
else if (verb === 'check') {
  say({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } })
} else await read(option('config').file as string)
await flush()

function stream() {
  const [text, whole] = [{ type: 'string' }, { type: 'integer' }]
  const _ab_cdc_deleted_at = { type: ['null', 'string'], format: 'date-time' }
  const properties = { id: text, part: whole, n: whole, m: whole, a: text, b: text }
  return {
    name: 'items',
    json_schema: { type: 'object', properties: { ...properties, _ab_cdc_deleted_at } },
    supported_sync_modes: ['full_refresh', 'incremental'],
    default_cursor_field: ['n'],
  }
}

async function read(file: string): Promise<void> {
  const [configured] = option('catalog').streams
  const whole = configured.sync_mode === 'full_refresh'
  const cursor = configured.cursor_field[0] as 'n' | 'm'
  const saved = whole ? undefined : option('state')?.[0]?.stream.stream_state.at
  const versions = (JSON.parse(readFileSync(file, 'utf8')) as Version[]).filter((one) =>
    whole ? one._ab_cdc_deleted_at === null : one[cursor] > (saved ?? 0),
  )
  let sent = 0
  for (const data of versions) {
    await gate(file, sent)
    say({ type: 'RECORD', record: { stream: 'items', emitted_at: 1, data } })
    sent += 1
    if (sent % 2 === 0) state(whole ? sent : data[cursor])
  }
  state(whole ? sent : (versions.at(-1)?.[cursor] ?? saved ?? 0))
  await gate(file, Infinity)
}

function state(at: number): void {
  const of = { stream_descriptor: { name: 'items' }, stream_state: { at } }
  say({ type: 'STATE', state: { type: 'STREAM', stream: of } })
}

/** `{at}`: before so many records, or at the end where there are fewer. */
async function gate(file: string, sent: number): Promise<void> {
  const path = `${file}.gate`
  if (!existsSync(path) || JSON.parse(readFileSync(path, 'utf8')).at > sent) return
  await flush()
  rmSync(path)
  writeFileSync(`${file}.reached.new`, String(process.pid))
  renameSync(`${file}.reached.new`, `${file}.reached`)
  const { ppid } = process
  while (!existsSync(`${file}.go`) && process.ppid === ppid)
    await new Promise((resolve) => setTimeout(resolve, 5))
}
