// Somebody is told, over real processes: the bank is away and a sync fails, a webhook and a mail
// server hear of it, once, also when the server is killed in between; every service counts.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findConnection } from '../../src/server/airbyte/connection.ts'
import { followJob, startSync } from '../../src/server/airbyte/job.ts'
import type { AlertsView } from '../../src/server/alerts/shapes.ts'
import { openIncidents } from '../../src/server/store/alert.ts'
import { readStatus } from '../../src/server/supervisor/status.ts'
import { metricTable } from '../../src/std/metric-table.ts'
import { freePort } from '../support/postgres.ts'
import { hasPromtool } from '../support/promtool.ts'
import { mailUser, type MailServer, startMailServer } from '../support/receivers.ts'
import { type Receiver, startReceiver } from '../support/receivers.ts'
import { startSystem, type System } from '../support/system.ts'

const MINUTES = 60_000
const cleanup = new AsyncDisposableStack()
let receiver: Receiver
let mail: MailServer
let system: System
let ports: Record<string, number>

beforeAll(async () => {
  receiver = cleanup.use(await startReceiver())
  mail = cleanup.use(await startMailServer())
  const workerPort = await freePort()
  system = cleanup.use(
    await startSystem({
      TARTAN_WORKER_PORT: String(workerPort),
      TARTAN_ALERT_SECONDS: '1',
      TARTAN_ALERT_WEBHOOK: `${receiver.url}/hook`,
      TARTAN_ALERT_EMAIL: 'me@example.com',
      TARTAN_SMTP_URL: `smtp://${mailUser.user}:${mailUser.pass}@127.0.0.1:${mail.port}`,
    }),
  )
  const { options } = system.settings
  ports = {
    'plaid-api': options.plaidApiPort,
    server: options.apiPort,
    worker: workerPort,
    web: options.webPort,
  }
}, 2 * MINUTES)

afterAll(() => cleanup.disposeAsync())

async function metrics(service: string): Promise<string> {
  const { dataFolder } = system.settings
  const token = await readFile(join(dataFolder, 'secrets', 'metrics.token'), 'utf8')
  const headers = { authorization: `Bearer ${token.trim()}` }
  const response = await fetch(`http://127.0.0.1:${ports[service]}/metrics`, { headers })
  expect(response.status, service).toBe(200)
  return response.text()
}

interface Told {
  id: string
  alerts: { rule: string; told: string; detail: string | null }[]
}

function told(rule: string): string[] {
  const bodies = receiver.received.map(({ body }) => JSON.parse(body) as Told)
  return bodies.flatMap((one) => one.alerts.filter((of) => of.rule === rule).map((of) => of.told))
}

/** How many mails have a subject like it; a long one goes on in the next line. */
function mailed(subject: RegExp): number {
  const heads = mail.mails.map(({ raw }) => raw.split('\r\n\r\n')[0]?.replaceAll('\r\n ', ' '))
  return heads.filter((head) => subject.test(head ?? '')).length
}

test('every service counts, by names of the table, and asks for the token', async () => {
  const all = new Map<string, string>()
  for (const service of Object.keys(ports)) {
    const bare = await fetch(`http://127.0.0.1:${ports[service]}/metrics`, {
      headers: { 'x-forwarded-for': '10.0.0.1' },
    })
    expect(bare.status, service).toBe(401)
    all.set(service, await metrics(service))
  }
  expect(all.get('plaid-api')).toMatch(/tartan_plaid_requests_total\{.*outcome="ok"\} [1-9]/)
  // The worker counts an attempt once it is over, which is after its job has ended.
  await expect
    .poll(() => metrics('worker'))
    .toContain('tartan_attempts_total{type="sync",outcome="succeeded"} 1')
  expect(all.get('web')).toContain('tartan_http_requests_total')
  // The server looks from time to time, at each thing by itself.
  const looked = [
    /tartan_warehouse_lag_seconds\{connection="[^"]+",stream="transactions"\} 0\n/,
    /tartan_items\{status="healthy"\} [1-9]/,
    /tartan_sync_last_success_timestamp_seconds\{connection="[^"]+"\} 1/,
    /tartan_process_up\{process="plaid-api"\} 1/,
    /tartan_disk_free_ratio\{folder="data"\} 0\.\d/,
  ]
  let server = ''
  const missing = async () => {
    server = await metrics('server')
    return looked.filter((line) => !line.test(server))
  }
  await expect.poll(missing, { timeout: MINUTES }).toEqual([])
  const lines = [...all.values(), server].flatMap((text) => text.split('\n'))
  const names = lines.flatMap((line) => /^# TYPE (tartan_\w+) /.exec(line)?.[1] ?? [])
  expect(names.filter((name) => !(name in metricTable))).toEqual([])
  for (const item of await system.get<{ items: { item_id: string }[] }>('/items').then(itemsOf)) {
    expect(lines.join('\n')).not.toContain(item)
  }
  if (hasPromtool) await lint([...all.values()])
})

function itemsOf({ items }: { items: { item_id: string }[] }): string[] {
  return items.map(({ item_id }) => item_id)
}

/** promtool says what is wrong about a name; nothing, where nothing is. */
async function lint(pages: string[]): Promise<void> {
  for (const page of pages) {
    const said = await new Promise<string>((resolve) => {
      const child = execFile('promtool', ['check', 'metrics'], (_, out, err) => resolve(out + err))
      child.stdin?.end(page)
    })
    expect(said.split('\n').filter((line) => line.startsWith('tartan_'))).toEqual([])
  }
}

test('alerts test reaches whoever is named', async () => {
  const said = await system.tartan('alerts', 'test')
  expect(said.trim().split('\n')).toEqual(['✓ email', '✓ webhook'])
  expect(
    receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type),
  ).toContain('test')
  expect(mail.mails.at(-1)?.raw).toContain('This is a test')
  expect(await system.tartan('alerts', 'ways')).toMatch(/email +0 /)
})

test(
  'a sync that fails again and again is told once, a killed server between; and that it is over',
  async () => {
    await system.store.query(`update plaid.api_key set revoked_at = now() where own`)
    for (let i = 0; i < 3; i++) expect(await sync()).toBe('failed')
    await expect.poll(() => told('SyncFailing'), { timeout: MINUTES }).toEqual(['fired'])
    await expect.poll(() => mailed(/failed 3 times in a row/), { timeout: MINUTES }).toBe(1)
    const server = readStatus(system.settings.dataFolder)?.processes.find(
      ({ name }) => name === 'server',
    )
    process.kill(server?.identity?.pid ?? 0, 'SIGKILL')
    await expect
      .poll(() => metrics('server').catch(() => ''), { timeout: MINUTES })
      .toMatch(/tartan_alerts\{rule="SyncFailing",severity="warning"\} 1/)
    const { firing } = JSON.parse(await system.tartan('alerts', '--json')) as AlertsView
    const [failing] = firing.filter(({ rule }) => rule === 'SyncFailing')
    expect(failing).toMatchObject({ severity: 'warning', value: 3, silence_id: null })
    expect(failing?.detail).toMatch(/key/)
    expect(told('SyncFailing')).toEqual(['fired'])
    expect(mailed(/failed 3 times in a row/)).toBe(1)
    await system.store.query(`update plaid.api_key set revoked_at = null where own`)
    expect(await sync()).toBe('succeeded')
    const isWell = async () => {
      const [one] = await openIncidents(system.store)
      return one?.wellSince ?? null
    }
    await expect.poll(isWell, { timeout: MINUTES }).not.toBe(null)
    await system.store.query(
      `update alert.incident set well_since = well_since - interval '5 minutes'`,
    )
    await expect.poll(() => told('SyncFailing'), { timeout: MINUTES }).toEqual(['fired', 'over'])
  },
  4 * MINUTES,
)

async function sync(): Promise<string> {
  const connection = await findConnection(system.airbyte)
  const { jobId } = await startSync(system.airbyte, connection?.connectionId ?? '')
  return (await followJob(system.airbyte, jobId, () => {})).job.status
}

test('a silence has a reason and an end, is shown, and can be ended', async () => {
  const reason = ['--reason', 'the warehouse moves', '--hours', '8']
  const said = await system.tartan('alerts', 'silence', 'WarehouseStale', ...reason)
  const id = /[0-9a-f-]{36}/.exec(said)?.[0] ?? ''
  expect(await system.tartan('alerts')).toMatch(new RegExp(`${id} +WarehouseStale.*warehouse mov`))
  await system.tartan('alerts', 'unsilence', id)
  await expect(system.tartan('alerts', 'unsilence', id)).rejects.toThrow(/no such silence/)
})
