// The web app's server in the whole system: real services behind it, asked as the app's page asks.
// What is shown is what is there, within a second of its happening, also where a service is silent;
// and nothing that it ever says has a secret in it (L5).
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keysFolder } from '../../src/server/keys.ts'
import type { Report } from '../../src/server/status/report.ts'
import { readStatus } from '../../src/server/supervisor/status.ts'
import { startSystem, type System } from '../support/system.ts'
import { type Ask, exchange, type Heard, page } from '../support/web.ts'

const MINUTES = 60_000
let system: System
let port: number
let cookie: string
const heard: string[] = []

async function ask(path: string, more: Ask = {}): Promise<Heard> {
  const headers = { ...page(`http://localhost:${port}`), cookie, ...more.headers }
  const answer = await exchange(port, path, { ...more, headers })
  heard.push(answer.text)
  return answer
}

function post(path: string, body: object = {}): Promise<Heard> {
  return ask(path, { method: 'POST', body })
}

beforeAll(async () => {
  system = await startSystem()
  port = system.settings.options.webPort
  const headers = page(`http://localhost:${port}`)
  const entered = await exchange(port, '/web/enter', { method: 'POST', headers, body: {} })
  cookie = entered.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}, 3 * MINUTES)

afterAll(async () => {
  await system[Symbol.asyncDispose]()
}, MINUTES)

function pidOf(name: string): number {
  const { processes } = readStatus(system.settings.dataFolder)!
  return processes.find((one) => one.name === name)!.identity!.pid
}

test('is a process of the system, and its page is there', async () => {
  const status = await ask('/web/status')
  expect(status.body).toMatchObject({ phase: 'running', plaid_env: 'emulator' })
  expect((await exchange(port, '/', {})).text).toContain('<!doctype html>')
  const { body } = await ask('/web/session')
  expect(body).toMatchObject({ user: { role: 'admin' }, world: 'emulator' })
  expect(body['bank_date']).toMatch(/^2026-03-1/)
})

test('a service that is frozen is named with the moment, and heard again when it goes on', async () => {
  let told = ''
  await ask('/web/events', { onText: (text) => (told += text) })
  await expect.poll(() => told).toContain('event: open')
  const pid = pidOf('server')
  process.kill(pid, 'SIGSTOP')
  try {
    const minute = { timeout: MINUTES }
    await expect.poll(() => told, minute).toContain('"service":"the engine"')
    const { status, body } = await ask('/web/plaid/items')
    expect([status, body['items']]).toEqual([200, expect.objectContaining({ length: 3 })])
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await expect.poll(() => told).toContain('event: silences\ndata: {"silences":[]}')
})

test('what happens is told as it does: a month passes, its rows come', async () => {
  let told = ''
  await ask('/web/events', { onText: (text) => (told += text) })
  await expect.poll(() => told).toContain('event: open') // from here on nothing is missed
  expect((await post('/web/world', { advance: '30d' })).status).toBe(200)
  await expect.poll(() => told).toContain('event: world')
  const pull = await post('/web/plaid/sync')
  expect(pull.status).toBe(202)
  await expect.poll(() => told).toContain('event: pulls')
  const { body } = await ask('/web/engine/api/public/v1/connections')
  const [connection] = body['data'] as { connectionId: string }[]
  const path = '/web/engine/api/public/v1/jobs'
  const job = await post(path, {
    ...connection,
    connectionId: connection!.connectionId,
    jobType: 'sync',
  })
  expect(job.status).toBe(400) // a field that the engine does not know is told as it tells it
  const begun = await post(path, { connectionId: connection!.connectionId, jobType: 'sync' })
  const id = String(begun.body['jobId'])
  await expect.poll(() => told).toContain(`event: jobs\ndata: {"id":"${id}"}`)
  await expect.poll(async () => (await ask(`${path}/${id}`)).body['status']).toBe('succeeded')
})

test('a verification is run once at a time, kept, and finds a row that was changed by hand', async () => {
  const { rows } = await system.warehouse.query<{ id: string }>(
    `update airbyte_plaid.transactions set amount = amount + 1 where transaction_id =
       (select min(transaction_id) from airbyte_plaid.transactions) returning transaction_id as id`,
  )
  const begun = await Promise.all([post('/web/verify'), post('/web/verify')])
  expect(begun.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409])
  const last = async () => (await ask('/web/verify')).body['last']
  await expect.poll(last).toMatchObject({ status: 'different', begun_by: 'Owner' })
  expect(JSON.stringify(await last())).toContain(rows[0]!.id)
  const followed = await ask(`/web/follow/${rows[0]!.id}`)
  const columns = followed.body['columns'] as { name: string; equal: boolean }[]
  expect(columns.filter(({ equal }) => !equal).map(({ name }) => name)).toEqual(['amount'])
  await system.warehouse.query(
    'update airbyte_plaid.transactions set amount = amount - 1 where transaction_id = $1',
    [rows[0]!.id],
  )
})

test('one transaction is followed from the bank to its row', async () => {
  const { rows } = await system.warehouse.query<{ id: string; job: string }>(
    `select transaction_id as id, _airbyte_meta->>'sync_id' as job
     from airbyte_plaid.transactions order by updated_at desc limit 1`,
  )
  const { body } = await ask(`/web/follow/${rows[0]!.id}`)
  expect(body).toMatchObject({
    store: { transaction_id: rows[0]!.id, deleted_at: null },
    job: { jobId: Number(rows[0]!.job), status: 'succeeded' },
    behind: { rows: 0, more: false },
    unanswered: [],
  })
  const columns = body['columns'] as { equal: boolean }[]
  expect(columns.length).toBeGreaterThan(20)
  expect(columns.every(({ equal }) => equal)).toBe(true)
  expect((await ask('/web/follow/nothing')).status).toBe(404)
})

test('the warehouse is read by a role that cannot write', async () => {
  const query = 'select current_user, count(*) from airbyte_plaid.transactions'
  const { body } = await post('/web/sql', { query })
  expect(body['rows']).toEqual([['tartan_reader', expect.stringMatching(/^\d+$/)]])
  const refused = await post('/web/sql', { query: 'table plaid.item' })
  expect(refused.body.error?.code).toBe('QUERY_FAILED')
  const { body: options } = await ask('/web/options')
  expect(options['options']).toContainEqual(
    expect.objectContaining({ env: 'TARTAN_WEB_PORT', value: String(port) }),
  )
  expect((await ask('/web/logs/web?lines=5')).body['lines']).not.toEqual([])
  expect((await ask('/web/logs/..%2f..%2fsecrets')).status).toBe(404)
})

test('a key is made, opens plaid-api, and is revoked; another key makes none', async () => {
  const made = await post('/web/plaid/keys', { name: 'a program' })
  heard.pop() // shown this once
  expect(made.status).toBe(201)
  const { key, id } = made.body as unknown as { key: string; id: string }
  const api = `http://127.0.0.1:${system.settings.options.plaidApiPort}`
  const headers = { authorization: `Bearer ${key}` }
  const status = async (path: string) => (await fetch(api + path, { headers })).status
  expect([await status('/accounts'), await status('/keys')]).toEqual([200, 403])
  expect((await fetch(`${api}/keys`)).status).toBe(401) // though reads are open here
  expect((await ask(`/web/plaid/keys/${id}`, { method: 'DELETE' })).status).toBe(204)
  expect(await status('/accounts')).toBe(401)
  const { body } = await ask('/web/plaid/keys')
  const own = (body['keys'] as { id: string; own: boolean }[]).find((one) => one.own)!
  expect((await ask(`/web/plaid/keys/${own.id}`, { method: 'DELETE' })).status).toBe(409)
})

test('a client of Airbyte’s API works on this port as on the engine’s', async () => {
  const said = JSON.parse(await system.tartan('credentials', '--json')) as Record<string, string>
  const base = `http://localhost:${port}/api/public/v1`
  const token = await fetch(`${base}/applications/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: said['client_id'], client_secret: said['client_secret'] }),
  })
  const { access_token: bearer } = (await token.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${bearer}` }
  const jobs = (await (await fetch(`${base}/jobs`, { headers })).json()) as { data: unknown[] }
  expect(jobs.data.length).toBeGreaterThan(0)
})

test('a link of the command line logs in once', async () => {
  const link = new URL((await system.tartan('open', '--print')).trim())
  expect(link.origin).toBe(`http://localhost:${port}`)
})

test('that it dies stops nothing else, and it comes back', async () => {
  const pid = pidOf('web')
  process.kill(pid, 'SIGKILL')
  await system.tartan('sync')
  await expect
    .poll(async () => (await ask('/web/session').catch(() => undefined))?.status)
    .toBe(200)
  expect(pidOf('web')).not.toBe(pid)
})

test(
  'that it cannot start at all stops nothing else, and the status says why',
  async () => {
    await using other = await startSystem({ TARTAN_WEB_JWKS: 'nowhere' })
    const said = await other
      .tartan('status', '--json')
      .catch((error: unknown) => (error as { stdout: string }).stdout)
    const report = JSON.parse(said) as Report
    expect(report.phase).toBe('degraded')
    expect(report.connection?.last_job?.status).toBe('succeeded')
    const [web, ...rest] = report.processes.toReversed()
    expect(rest.map(({ state }) => state)).toEqual(rest.map(() => 'running'))
    expect(web).toMatchObject({ name: 'web', last_end: expect.stringContaining('TARTAN_WEB_JWKS') })
  },
  3 * MINUTES,
)

test('no secret of the system is in anything that it said', async () => {
  for (const path of ['/web/status', '/web/options', '/web/world', '/web/audit']) {
    await ask(path)
  }
  for (const name of ['web', 'server', 'plaid-api', 'postgres', 'supervisor']) {
    await ask(`/web/logs/${name}?lines=5000`)
  }
  const folder = keysFolder(system.settings.dataFolder)
  const names = (await readdir(folder)).filter((name) => name !== 'engine-client.id')
  expect(names.length).toBeGreaterThan(8)
  for (const name of names) {
    const secret = (await readFile(join(folder, name), 'utf8')).trim()
    expect([name, heard.filter((text) => text.includes(secret)).length]).toEqual([name, 0])
  }
})
