// What Prometheus reads of plaid-api, who may read it, and a request's name on its way to Plaid.
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestId } from '../../src/std/request-id.ts'
import { metricTable } from '../../src/std/metric-table.ts'
import { Secret } from '../../src/std/secrets.ts'
import { LinkedWorld } from '../support/linked-world.ts'

const token = 'metrics-token-canary-4711'
let world: LinkedWorld
let item: string
const lines: Record<string, unknown>[] = []

beforeAll(async () => {
  const into = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      done()
    },
  })
  // As createLogger makes one, but for where it writes.
  const mixin = () => (requestId() === undefined ? {} : { request: requestId() })
  const logger = pino({ level: 'debug', mixin }, into)
  world = await LinkedWorld.make({ logger, metricsToken: new Secret(token) })
  item = await world.sandbox()
  await world.sync()
})
afterAll(() => world[Symbol.asyncDispose]())

async function metrics(authorization?: string) {
  return world.caller.bare('/metrics', authorization === undefined ? {} : headersOf(authorization))
}

function headersOf(authorization: string) {
  return { headers: { authorization } }
}

test('the metrics token opens /metrics and nothing else; without one nobody reads', async () => {
  expect((await metrics()).status).toBe(401)
  expect((await metrics('Bearer wrong')).status).toBe(401)
  const { status, headers } = await metrics(`Bearer ${token}`)
  expect(status).toBe(200)
  expect(headers['content-type']).toContain('text/plain; version=0.0.4')
  const elsewhere = await world.caller.bare('/accounts', headersOf(`Bearer ${token}`))
  expect(elsewhere.status).toBe(401)
})

test('it tells of requests, of Plaid, of pulls, of the pool and of the event loop', async () => {
  const { text } = await metrics(`Bearer ${token}`)
  const value = (line: RegExp) => Number(line.exec(text)?.[1])
  const ok = '\\{endpoint="/transactions/sync",outcome="ok"\\} (\\d+)'
  expect(value(new RegExp(`tartan_plaid_requests_total${ok}`))).toBeGreaterThan(0)
  expect(value(/_duration_seconds_count\{endpoint="\/accounts\/get"\} (\d+)/)).toBeGreaterThan(0)
  expect(value(/tartan_pulls_total\{mode="incremental",outcome="succeeded"\} (\d+)/)).toBe(1)
  expect(value(/requests_total\{method="POST",route="\/sync",status="202"\} (\d+)/)).toBe(1)
  expect(value(/route="\/metrics",status="401"\} (\d+)/)).toBeGreaterThan(1)
  expect(text).toMatch(/tartan_pool_connections\{pool="plaid-api",state="idle"\} \d/)
  expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds \d/)
  const ours = [...text.matchAll(/^# TYPE (tartan_\w+) (\w+)$/gm)]
  expect(ours.length).toBeGreaterThan(5)
  const table: Record<string, { type: string }> = metricTable
  for (const [, name = '', type] of ours) expect(table[name]?.type).toBe(type)
})

test('an address of somebody’s own making makes no series; no id is a label (L5, L9)', async () => {
  for (const path of ['/nowhere/1', '/nowhere/2', `/items/${item}`]) await world.caller.call(path)
  const { text } = await metrics(`Bearer ${token}`)
  expect(text).toContain('route="none",status="404"')
  expect(text).toContain('route="/items/:item_id",status="200"')
  for (const secret of ['nowhere', item, token, 'access-', 'client']) {
    expect(text).not.toContain(`${secret}"`)
    if (secret !== 'client') expect(text).not.toContain(secret)
  }
})

test('a request’s name goes from the door to the call of Plaid, and back', async () => {
  const path = `/items/${item}/verify`
  const answer = await world.caller.call(path, {
    method: 'POST',
    headers: { 'x-request-id': 'from-far.away:1' },
  })
  expect(answer.headers['x-request-id']).toBe('from-far.away:1')
  const mine = (what: string) =>
    lines.filter(({ msg, request }) => msg === what && request === 'from-far.away:1')
  await expect.poll(() => mine('Plaid was asked').length).toBeGreaterThan(0)
  for (const line of mine('Plaid was asked')) expect(line['plaid_request']).toMatch(/^\w+$/)
  expect(mine('answered')[0]).toMatchObject({ method: 'POST', route: '/items/:item_id/verify' })
  const hostile = await world.caller.call('/live', { headers: { 'x-request-id': 'a b\tc' } })
  expect(hostile.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
})
