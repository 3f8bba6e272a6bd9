// `make bench-peers`: what people use instead, over the same rows. Each reads transactions from the
// same plaid-api into the same PostgreSQL, from nothing, in one run; ours before each of them, so
// that what else the machine does meets both. A peer's time is that of its whole process, as a
// person waits for it. Whether what it leaves is complete is looked at; what each does more or
// less stands in docs/speed.md.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parse } from 'yaml'
import { plaidApiUrl } from '../src/server/addresses.ts'
import { readKey, warehouseUrl } from '../src/server/keys.ts'
import { monotonicMs } from '../src/std/clock.ts'
import { connect, sync } from '../test/support/connection.ts'
import { pythonFolder } from '../test/support/python.ts'
import { startSystem, type System } from '../test/support/system.ts'
import { median, table } from './report.ts'
import { linkScale, pullScale } from './scale.ts'

const rows = Number(process.argv[2] ?? 200_000)
const manifest = resolve(import.meta.dirname, '../airbyte/source-plaid.yaml')
const say = (text: string) => process.stdout.write(`${text}\n`)

interface Peer {
  name: string
  requirements: string
  /** The table that it makes; none where it only reads. */
  table?: string
  run(bin: string, given: Given): Promise<void>
}

interface Given {
  folder: string
  schema: string
  url: string
  key: string
  database: string
}

const PEERS: Peer[] = [
  {
    name: 'PyAirbyte, PostgresCache, merge',
    requirements: 'airbyte',
    table: 'transactions',
    run: (bin, given) => ended(script(bin, given, 'load_pyairbyte.py')),
  },
  {
    name: 'Singer: tap by Meltano’s SDK, target-postgres with COPY, upsert',
    requirements: 'singer',
    table: 'transactions',
    run: singer,
  },
  {
    name: 'dlt, append',
    requirements: 'dlt',
    table: 'transactions',
    run: (bin, given) => ended(script(bin, given, 'load_dlt.py', 'append')),
  },
  {
    name: 'dlt, merge',
    requirements: 'dlt',
    table: 'transactions',
    run: (bin, given) => ended(script(bin, given, 'load_dlt.py', 'merge')),
  },
  { name: 'airbyte-cdk, its source alone, into nothing', requirements: 'airbyte', run: cdkRead },
]

const folder = await mkdtemp(join(tmpdir(), 'tartan peers '))
{
  await using system = await startSystem({ TARTAN_EMULATOR_RATE_LIMITS: 'off' })
  await pullScale(system, await linkScale(system, rows))
  const stored = await count(system.store, 'plaid.transaction')
  const ours: number[] = []
  const lines = [['first load', 'seconds', 'rows/s', '× slower than ours']]
  for (const [n, peer] of PEERS.entries()) {
    const bin = await pythonFolder(
      join(import.meta.dirname, `peers/requirements/${peer.requirements}.txt`),
    )
    if (bin === undefined) throw new Error('the peers are programs in Python')
    const own = await ourSeconds(system, `ours_${n}`)
    const schema = `peer_${n}`
    const seconds = await timed(async () => peer.run(bin, await given(system, schema)))
    if (peer.table !== undefined) await expectWhole(system, `${schema}.${peer.table}`, stored)
    ours.push(own)
    lines.push(line(peer.name, seconds, (seconds / own).toFixed(1)))
    say(`${peer.name}: ${seconds.toFixed(1)} s; ours ${own.toFixed(1)} s`)
  }
  lines.splice(1, 0, line('Tartan, median', median(ours), '1.0'))
  say(table(lines))

  function line(name: string, seconds: number, ratio: string): string[] {
    return [name, seconds.toFixed(1), String(Math.round(stored / seconds)), ratio]
  }
}
await rm(folder, { recursive: true, force: true })

async function ourSeconds(system: System, schema: string): Promise<number> {
  const connectionId = await connect(system, schema)
  const seconds = await timed(() => sync(system, connectionId))
  await expectWhole(
    system,
    `${schema}.transactions`,
    await count(system.store, 'plaid.transaction'),
  )
  return seconds
}

async function given(system: System, schema: string): Promise<Given> {
  return {
    folder: await mkdtemp(join(folder, 'peer ')),
    schema,
    url: plaidApiUrl(system.settings),
    key: (await readKey(system.settings.dataFolder, 'plaid-api.key')).reveal(),
    database: (await warehouseUrl(system.settings)).reveal(),
  }
}

/** The tap's output is the target's input, as a shell would have it. */
async function singer(bin: string, given: Given): Promise<void> {
  const config = join(given.folder, 'target.json')
  await writeFile(
    config,
    JSON.stringify({
      sqlalchemy_url: given.database.replace(/^postgres(ql)?:/, 'postgresql+psycopg:'),
      default_target_schema: given.schema,
      load_method: 'upsert',
      use_copy: true,
    }),
  )
  const tap = start(join(bin, 'python'), [join(import.meta.dirname, 'peers/tap.py')], given, 'pipe')
  const target = program(bin, given, 'target-postgres', '--config', config)
  if (!tap.stdout || !target.stdin) throw new Error('no pipes')
  await Promise.all([pipeline(tap.stdout, target.stdin), ended(tap), ended(target)])
}

async function cdkRead(bin: string, given: Given): Promise<void> {
  const injected = parse(await readFile(manifest, 'utf8')) as object
  const config = join(given.folder, 'config.json')
  const catalog = join(given.folder, 'catalog.json')
  const own = { base_url: given.url, api_key: given.key }
  await writeFile(config, JSON.stringify({ ...own, __injected_declarative_manifest: injected }))
  const stream = { name: 'transactions', json_schema: {}, supported_sync_modes: ['incremental'] }
  const configured = { stream, sync_mode: 'incremental', destination_sync_mode: 'append' }
  await writeFile(catalog, JSON.stringify({ streams: [configured] }))
  const args = ['read', '--config', config, '--catalog', catalog]
  await ended(program(bin, given, 'source-declarative-manifest', ...args))
}

/** One that a package brought. */
function program(bin: string, given: Given, name: string, ...args: string[]): ChildProcess {
  return start(join(bin, 'python'), [join(bin, name), ...args], given)
}

function script(bin: string, given: Given, name: string, ...args: string[]): ChildProcess {
  return start(join(bin, 'python'), [join(import.meta.dirname, 'peers', name), ...args], given)
}

function start(
  program: string,
  args: string[],
  given: Given,
  output: 'pipe' | 'ignore' = 'ignore',
): ChildProcess {
  const env = {
    ...process.env,
    PEER_URL: given.url,
    PEER_KEY: given.key,
    PEER_DATABASE: given.database,
    PEER_SCHEMA: given.schema,
    PEER_FOLDER: given.folder,
    PEER_MANIFEST: manifest,
    // Nothing is asked of the internet, and nobody is told.
    AIRBYTE_OFFLINE_MODE: '1',
    DO_NOT_TRACK: '1',
    RUNTIME__DLTHUB_TELEMETRY: 'false',
    DLT_DATA_DIR: given.folder,
  }
  return spawn(program, args, { env, cwd: given.folder, stdio: ['pipe', output, 'pipe'] })
}

/** What it said is told where it fails. */
async function ended(child: ChildProcess): Promise<void> {
  let said = ''
  child.stderr?.on('data', (piece: Buffer) => {
    said = (said + piece.toString()).slice(-4_000)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${code}: ${said}`)
}

async function expectWhole(system: System, name: string, expected: number): Promise<void> {
  const found = await count(system.warehouse, name)
  if (found !== expected) throw new Error(`${name} has ${found} rows of ${expected}`)
}

async function count(pool: System['store'], name: string): Promise<number> {
  const { rows: found } = await pool.query<{ n: number }>(`select count(*)::int as n from ${name}`)
  return found[0]?.n ?? -1
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = monotonicMs()
  await work()
  return (monotonicMs() - from) / 1000
}
