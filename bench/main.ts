// `make bench`: what a sync costs, in one run on one machine, as ratios to the floor. Each figure
// is the median of three rounds; a round has its own destination schema, so that each first load
// is one. Everything is real: the processes that a user runs, over HTTP and pipes, into a
// PostgreSQL with fsync and synchronous_commit on.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { plaidApiUrl } from '../src/server/addresses.ts'
import { readKey, warehouseUrl } from '../src/server/keys.ts'
import { monotonicMs } from '../src/std/clock.ts'
import { connect, sync } from '../test/support/connection.ts'
import { startSystem, type System } from '../test/support/system.ts'
import { spent, watchProcesses } from './processes.ts'
import { type Commands, type Ingest, printReport, type Round } from './report.ts'
import { linkScale, pullScale } from './scale.ts'

const rows = Number(process.argv[2] ?? 200_000)
const rounds = 3
const changes = { modify: 800, add: 150, remove: 50 }
const say = (text: string) => process.stdout.write(`${text}\n`)

let scaleItem = ''
const processes = watchProcesses()
const folder = await mkdtemp(join(tmpdir(), 'tartan bench '))
{
  // The ingest is measured, not Plaid's limit of fifty pages a minute for an Item.
  await using system = await startSystem({
    PLAID_POLL_MINUTES: '10080',
    TARTAN_EMULATOR_RATE_LIMITS: 'off',
  })
  const ingested = await ingest(system)
  const file = await dumpFeed(system)
  const results: Round[] = []
  for (let round = 1; round <= rounds; round++) results.push(await measure(system, round, file))
  const peaks = processes.stop()
  const commands = await repeatCommands(system)
  const report = await printReport({ rows, ingested, results, commands, peaks })
  say(report.text)
  const target = resolve(import.meta.dirname, '../.tartan')
  await mkdir(target, { recursive: true })
  await writeFile(join(target, 'bench.json'), `${JSON.stringify(report.figures, null, 2)}\n`)
}
await rm(folder, { recursive: true, force: true })

/** Plaid → store: from the link to the last row published. */
async function ingest(system: System): Promise<Ingest> {
  const from = monotonicMs()
  const cpu = processes.cpuSeconds()
  scaleItem = await linkScale(system, rows)
  await pullScale(system, scaleItem)
  const seconds = secondsSince(from)
  say(`ingest: ${rows} rows in ${seconds.toFixed(2)} s`)
  return { seconds, cpu: spent(cpu, processes.cpuSeconds()) }
}

async function measure(system: System, round: number, file: string): Promise<Round> {
  const connectionId = await connect(system, `bench_${round}`)
  const cpu = processes.cpuSeconds()
  const firstSeconds = await timed(() => sync(system, connectionId))
  const firstCpu = spent(cpu, processes.cpuSeconds())
  const floorSeconds = await floor(system, `bench_${round}`, file)
  await system.emulator({ mutate: { item_id: scaleItem, ...changes } })
  await system.plaidApi.pull('incremental', scaleItem)
  const changeSeconds = await timed(() => sync(system, connectionId))
  const nothingSeconds = await timed(() => sync(system, connectionId))
  const result = { firstSeconds, floorSeconds, changeSeconds, nothingSeconds, firstCpu }
  say(`round ${round}: ${JSON.stringify(result)}`)
  return result
}

/** The rows as the source reads them: the same lines for the floor. */
async function dumpFeed(system: System): Promise<string> {
  const file = join(folder, 'rows.ndjson')
  const key = await readKey(system.settings.dataFolder, 'plaid-api.key')
  const out = createWriteStream(file)
  let query = 'limit=5000'
  for (let more = true; more;) {
    const url = `${plaidApiUrl(system.settings)}/transactions/incremental?${query}`
    const headers = {
      accept: 'application/x-ndjson',
      authorization: `Bearer ${key.reveal()}`,
    }
    const response = await fetch(url, { headers })
    if (!out.write(Buffer.from(await response.arrayBuffer()))) await once(out, 'drain')
    more = response.headers.get('x-has-more') === 'true'
    query = `limit=5000&cursor=${response.headers.get('x-next-cursor')}`
  }
  out.end()
  return file
}

async function floor(system: System, schema: string, file: string): Promise<number> {
  const url = (await warehouseUrl(system.settings)).reveal()
  const from = monotonicMs()
  execFileSync(process.execPath, [join(import.meta.dirname, 'floor.ts')], {
    input: `${url}\n${schema}\n${file}\n`,
  })
  return secondsSince(from)
}

/** What a person waits for who repeats a command: over all that the rounds have brought. */
async function repeatCommands(system: System): Promise<Commands> {
  const secondInitSeconds = await timed(() => system.tartan('init'))
  await system.tartan('stop')
  const startSeconds = await timed(() => system.tartan('start'))
  return { secondInitSeconds, startSeconds }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = monotonicMs()
  await work()
  return secondsSince(from)
}

function secondsSince(from: number): number {
  return (monotonicMs() - from) / 1000
}
