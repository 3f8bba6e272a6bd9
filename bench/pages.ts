// `./tartan bench pages`: what a page of each filter of `GET /transactions` takes, and `/stats`,
// over HTTP in a store with many rows, in the PostgreSQL that comes along, as users have it. Beside
// each page the least that any answer takes is measured, HTTP and one statement: on a machine that
// has more to do, that ratio tells more than the milliseconds.
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { registerApiKey } from '../src/plaid-api/auth.ts'
import { createPlaidApi } from '../src/plaid-api/service.ts'
import { createPool } from '../src/postgres/pool.ts'
import { createLogger } from '../src/std/log.ts'
import { monotonicMs, systemClock } from '../src/std/clock.ts'
import { newSealingKeyText, sealingKey, Secret } from '../src/std/secrets.ts'
import { fillStore, merchantOf, rowsPerItem } from '../test/support/large-store.ts'
import { startServer } from '../test/support/postgres.ts'
import { median, table } from './report.ts'

const rows = Number(process.argv[2] ?? 500_000)
const timesEach = 100
const count = (n: number) => n.toLocaleString('en-US')
const say = (text: string) => process.stdout.write(`${text}\n`)

const day = (back: number) =>
  new Date(systemClock.now() - back * 86_400_000).toISOString().slice(0, 10)
const items = Math.max(2, Math.floor(rows / rowsPerItem))
const item = (n: number) => `item-${1 + ((n * 7919) % (items - 1))}`
/** By what is asked; `n` makes each time another one of it. */
const asked: Record<string, (n: number) => string> = {
  'no filter, limit=1: a monitor’s': () => 'limit=1',
  'no filter': () => '',
  'no filter, oldest first': () => 'order=asc',
  account_id: (n) => `account_id=${item(n)}-account-${n % 3}`,
  'account_id, of the largest Item': (n) => `account_id=item-0-account-${n % 3}`,
  'account_id, twenty of them': (n) =>
    Array.from({ length: 20 }, (_, k) => `account_id=${item(n * 20 + k)}-account-1`).join('&'),
  item_id: (n) => `item_id=${item(n)}`,
  'start_date and end_date': (n) => `start_date=${day(7 * n + 7)}&end_date=${day(7 * n)}`,
  end_date: (n) => `end_date=${day(7 * n)}`,
  'min_amount, passed by many': (n) => `min_amount=${n}`,
  'min_amount, passed by few': (n) => `min_amount=${4070 + n / 10}`,
  'max_amount, passed by few': (n) => `max_amount=${-599 + n / 100}`,
  'min_amount and max_amount': (n) => `min_amount=${10 * n}&max_amount=${10 * n + 0.1}`,
  'category, of a third': () => 'category=FOOD_AND_DRINK',
  'category, of some dozen rows': (n) => `category=RARE_${3 * n + 2}`,
  'category, of none': (n) => `category=NOTHING_${n}`,
  'pending=true': () => 'pending=true',
  'pending=false': () => 'pending=false',
  'search, in half of the rows': () => 'search=card%20purchase',
  'search, a merchant': (n) => `search=${merchantOf(n * 17)}`,
  'search, a number in a name': (n) => `search=${100_007 + n * 5003}`,
  'search, of nobody': (n) => `search=nobody%20${n}`,
  'search in an account': (n) => `search=${merchantOf(n)}&account_id=${item(n)}-account-1`,
  'category and min_amount': (n) => `category=CATEGORY_4&min_amount=${4000 + n / 2}`,
  'dates and search': (n) =>
    `start_date=${day(7 * n + 30)}&end_date=${day(7 * n)}&search=${merchantOf(n)}`,
}

const folder = await mkdtemp(join(tmpdir(), 'tartan bench '))
const server = await startServer(folder)
try {
  const key = new Secret('tartan_bench')
  const { app, context } = await createPlaidApi({
    databaseUrl: server.url,
    sealingKey: sealingKey(newSealingKeyText()),
    plaid: {
      environment: 'emulator',
      baseUrl: 'http://127.0.0.1:9',
      clientId: 'client',
      secret: new Secret('secret'),
    },
    host: '127.0.0.1',
    port: 0,
    openReads: false,
    products: [],
    pollEveryMs: 86_400_000,
    daysRequested: 730,
    clientName: 'Bench',
    countryCodes: ['US'],
    language: 'en',
    logger: createLogger('bench', 'silent'),
  })
  await registerApiKey(context.pool, 'bench', key)
  const filler = createPool(server.url, { name: 'bench', statementMsMax: 3_600_000 })
  const from = monotonicMs()
  say(`… making ${count(rows)} transactions`)
  await fillStore(filler, rows)
  await filler.end()
  say(`… made in ${Math.round((monotonicMs() - from) / 1000)} s; each filter ${timesEach} times`)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const measured = (urlOf: (n: number) => string) => timed(urlOf, `${url}/ready`, key)
  const lines = [[`of ${count(rows)} rows`, 'p50 ms', 'p95 ms', '× floor']]
  for (const [what, query] of Object.entries(asked)) {
    lines.push([what, ...(await measured((n) => `${url}/transactions?${query(n)}`))])
  }
  lines.push(['GET /stats', ...(await measured(() => `${url}/stats`))])
  const model = cpus()[0]?.model.trim() ?? ''
  say(`\n${table(lines)}\n`)
  say('The floor is GET /ready, asked by turns with each: × compares their medians.')
  say(`${cpus().length} × ${model}, load ${loadavg()[0]?.toFixed(1)}`)
  await app.close()
  await context.pool.end()
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

async function timed(urlOf: (n: number) => string, floor: string, key: Secret): Promise<string[]> {
  const times: number[] = []
  const floors: number[] = []
  for (let n = 0; n < timesEach; n++) {
    floors.push(await msOf(floor, key))
    times.push(await msOf(urlOf(n), key))
  }
  const p95 = times.toSorted((a, b) => a - b)[Math.floor(timesEach * 0.95)] ?? 0
  const p50 = median(times)
  return [p50.toFixed(1), p95.toFixed(1), (p50 / median(floors)).toFixed(1)]
}

async function msOf(url: string, key: Secret): Promise<number> {
  const from = monotonicMs()
  const response = await fetch(url, { headers: { authorization: `Bearer ${key.reveal()}` } })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${text}`)
  return monotonicMs() - from
}
