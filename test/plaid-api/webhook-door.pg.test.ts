// The door for webhooks: what Plaid signed is kept before it is answered, anything else costs
// nothing that grows (L9, L10), and no token in a body is ever written (L5).
import { generateKeyPairSync } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { many, one, sql } from '../../src/postgres/query.ts'
import type { WebhookRow } from '../../src/plaid-api/webhook/shapes.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { type TestApi, testPlaidApi } from '../support/plaid-api.ts'
import { webhook, WebhookSigner } from '../support/webhook-signer.ts'

interface Door extends AsyncDisposable {
  plaid: WebhookSigner
  api: TestApi
  caller: Caller
}

async function door(more: Parameters<typeof testPlaidApi>[2] = {}): Promise<Door> {
  const stack = new AsyncDisposableStack()
  const db = stack.use(await testDatabase())
  const plaid = stack.use(await WebhookSigner.start())
  const api = stack.use(await testPlaidApi(db, plaid, more))
  const caller = await serve(api)
  return { plaid, api, caller, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function kept({ caller }: Door, query = ''): Promise<WebhookRow[]> {
  const answer = await caller.call<{ webhooks: WebhookRow[] }>(`/webhooks${query}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body.webhooks
}

const news = webhook('SYNC_UPDATES_AVAILABLE', { item_id: 'item-1' })

test('what Plaid signed is kept once, however often the same request comes', async () => {
  await using w = await door()
  const text = JSON.stringify(news, null, 2)
  const token = await w.plaid.token(text)
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => w.plaid.send(w.caller, text, {}, token)),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  // Signed anew, as Plaid does when it tries again, it is another.
  expect((await w.plaid.send(w.caller, text, { age: 7 })).status).toBe(200)
  expect(await kept(w)).toMatchObject([
    { deliveries: 1, webhook_code: 'SYNC_UPDATES_AVAILABLE', item_id: 'item-1', outcome: null },
    { deliveries: 5, body: news },
  ])
  expect(w.plaid.asked).toEqual(['key-1'])
})

test('another signature of the same is the same webhook', async () => {
  await using w = await door()
  const text = JSON.stringify(news)
  const [head = '', claims = '', signature = ''] = (await w.plaid.token(text)).split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const other = (order - s).toString(16).padStart(64, '0')
  const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(other, 'hex')])
  for (const one of [signature, twin.toString('base64url')]) {
    expect((await w.plaid.send(w.caller, text, {}, `${head}.${claims}.${one}`)).status).toBe(200)
  }
  expect(await kept(w)).toMatchObject([{ deliveries: 2 }])
})

test('what is not signed by Plaid, for this body and now, is refused by name', async () => {
  await using w = await door()
  const text = JSON.stringify(news)
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const good = await w.plaid.token(text)
  const none = `${Buffer.from('{"alg":"none","kid":"key-1"}').toString('base64url')}.e30.`
  const cases: [string, () => ReturnType<WebhookSigner['send']>][] = [
    ['WEBHOOK_SIGNATURE_INVALID', () => w.plaid.send(w.caller, text, { key: stranger })],
    ['WEBHOOK_SIGNATURE_INVALID', () => w.plaid.send(w.caller, text, {}, none)],
    ['WEBHOOK_SIGNATURE_INVALID', () => w.plaid.send(w.caller, text, {}, 'no.token')],
    ['WEBHOOK_SIGNATURE_INVALID', () => w.plaid.send(w.caller, text, {}, `${good}x`)],
    ['WEBHOOK_UNSIGNED', () => w.plaid.send(w.caller, text, {}, 'x'.repeat(5_000))],
    ['WEBHOOK_KEY_UNKNOWN', () => w.plaid.send(w.caller, text, { kid: 'nobodys' })],
    ['WEBHOOK_OLD', () => w.plaid.send(w.caller, text, { age: 301 })],
    ['WEBHOOK_AHEAD', () => w.plaid.send(w.caller, text, { age: -90 })],
    ['WEBHOOK_ALTERED', () => w.plaid.send(w.caller, `${text} `, { signed: text })],
  ]
  for (const [code, send] of cases) {
    const answer = await send()
    expect([answer.status, answer.code]).toEqual([401, code])
  }
  const bare = await w.caller.bare('/webhooks/plaid', { method: 'POST', body: text })
  expect([bare.status, bare.body.error.code]).toEqual([401, 'WEBHOOK_UNSIGNED'])
  expect(await kept(w)).toEqual([])
  // Clocks differ a little, and five minutes are five minutes.
  for (const age of [295, -30]) {
    expect((await w.plaid.send(w.caller, text, { age })).status).toBe(200)
  }
})

test('what is refused is counted, by the minute and why, and what is not yet is at the end', async () => {
  await using db = await testDatabase()
  await using plaid = await WebhookSigner.start()
  const api = await testPlaidApi(db, plaid)
  const caller = await serve(api)
  const refused = `select reason, sum(n)::int as n from plaid.webhook_refusal group by 1 order by 1`
  const pool = db.pool()
  await pool.query(`insert into plaid.webhook_refusal values (now() - interval '25 hours', 'A', 9)`)
  await plaid.send(caller, news, { age: 400 })
  const counted = async () => (await pool.query(refused)).rows as unknown
  await expect.poll(counted).toEqual([{ reason: 'WEBHOOK_OLD', n: 1 }]) // and the old are swept
  for (let i = 0; i < 20; i++) await plaid.send(caller, news, { age: 400 })
  for (let i = 0; i < 20; i++) await caller.bare('/webhooks/plaid', { method: 'POST' })
  await plaid.send(caller, news)
  await api[Symbol.asyncDispose]()
  expect(await counted()).toEqual([
    { reason: 'WEBHOOK_OLD', n: 21 },
    { reason: 'WEBHOOK_UNSIGNED', n: 20 },
  ])
})

test('what Plaid signed and is no webhook is refused, and what is not known here is kept', async () => {
  await using w = await door()
  for (const body of ['[]', 'no json', '{"webhook_type":"ITEM"}', '{"webhook_code":1}']) {
    const answer = await w.plaid.send(w.caller, body)
    expect([answer.status, answer.code], body).toEqual([400, 'WEBHOOK_INVALID'])
  }
  const odd = { webhook_type: '__proto__', webhook_code: 'constructor', item_id: '\0', more: [1] }
  expect((await w.plaid.send(w.caller, odd)).status).toBe(200)
  expect(await kept(w)).toMatchObject([
    { webhook_type: '__proto__', item_id: null, outcome: 'unknown_code', body: { more: [1] } },
  ])
})

test('a body that is too large is refused, and none is read for a stranger', async () => {
  await using w = await door()
  const huge = JSON.stringify({ ...news, padding: 'x'.repeat(300_000) })
  expect((await w.plaid.send(w.caller, huge)).status).toBe(413)
  const answered = new Promise<number>((resolve, reject) => {
    const sent = httpRequest(
      { host: '127.0.0.1', port: w.caller.port, method: 'POST', path: '/webhooks/plaid' },
      (response) => resolve(response.statusCode ?? 0),
    )
    sent.on('error', reject)
    sent.flushHeaders() // and no byte of a body, ever
  })
  expect(await answered).toBe(401)
})

test('so many are received at one time, however slowly their bodies come', async () => {
  await using w = await door()
  const text = JSON.stringify(news)
  const headers = { 'plaid-verification': await w.plaid.token(text), 'content-length': '100' }
  const to = { host: '127.0.0.1', port: w.caller.port, method: 'POST', path: '/webhooks/plaid' }
  const slow = Array.from({ length: 64 }, () => httpRequest({ ...to, headers }))
  for (const one of slow) {
    one.on('error', () => {})
    one.write('{') // and the rest never
  }
  const code = async () => (await w.plaid.send(w.caller, text)).code
  await expect.poll(code).toBe('WEBHOOKS_BUSY')
  for (const one of slow) one.destroy()
  await expect.poll(code).toBe(undefined)
})

test('a key is asked for when it is new, and refused once it has expired', async () => {
  await using w = await door()
  w.plaid.add('key-2')
  for (const kid of ['key-1', 'key-2', 'key-1']) {
    expect((await w.plaid.send(w.caller, news, { kid })).status).toBe(200)
  }
  expect(w.plaid.asked).toEqual(['key-1', 'key-2'])
  w.plaid.add('key-3')
  w.plaid.expiredAt = 1
  const answer = await w.plaid.send(w.caller, news, { kid: 'key-3' })
  expect([answer.status, answer.code]).toEqual([401, 'WEBHOOK_KEY_EXPIRED'])
})

test('while Plaid does not answer, it is asked to send it again', async () => {
  await using w = await door()
  w.plaid.trouble = { status: 500, body: {} }
  const answer = await w.plaid.send(w.caller, news)
  expect([answer.status, answer.code]).toEqual([503, 'WEBHOOK_KEY_UNANSWERED'])
  w.plaid.trouble = undefined
  expect((await w.plaid.send(w.caller, news)).status).toBe(200)
})

test('a flood of unknown keys is held back, a known one goes through, the log stays small', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  await using w = await door({ logger })
  expect((await w.plaid.send(w.caller, news)).status).toBe(200)
  const flood = Array.from({ length: 500 }, (_, n) => `flood-${n}`)
  const codes = new Map<string | undefined, number>()
  await Promise.all(
    flood.map(async (kid) => {
      const { code } = await w.plaid.send(w.caller, news, { kid })
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }),
  )
  expect(w.plaid.asked.length).toBeLessThanOrEqual(11)
  expect([...codes.values()].reduce((a, b) => a + b)).toBe(500)
  expect(codes.get(undefined)).toBe(undefined)
  // The same stranger's key again asks nobody.
  const asked = w.plaid.asked.length
  await w.plaid.send(w.caller, news, { kid: w.plaid.asked[5] ?? '' })
  expect(w.plaid.asked.length).toBe(asked)
  expect((await w.plaid.send(w.caller, news, { age: 1 })).status).toBe(200)
  expect(lines.length).toBeLessThanOrEqual(2)
})

test('a stranger’s made-up keys keep out no real one, and all ask a bounded number', async () => {
  await using w = await door()
  const flood = async (n: number, from: (i: number) => string) => {
    const named = Array.from({ length: n }, (_, i) => ({
      kid: `${from(i)}-${i}`.replaceAll('.', '-'),
      from: from(i),
    }))
    await Promise.all(named.map((one) => w.plaid.send(w.caller, news, one)))
  }
  await flood(50, () => '203.0.113.9')
  expect(w.plaid.asked.length).toBe(10)
  // What a stranger writes there himself stands before what the proxy says of him.
  const held = await w.plaid.send(w.caller, news, { kid: 'more', from: '192.0.2.1, 203.0.113.9' })
  expect([held.status, held.code]).toEqual([429, 'WEBHOOK_KEYS_HELD_BACK'])
  expect((await w.plaid.send(w.caller, news, { from: '52.21.26.131' })).status).toBe(200)
  await flood(200, (i) => `198.51.100.${i}`)
  expect(w.plaid.asked.length).toBe(60)
})

test('a key that was known is known after a restart, whoever names others by then', async () => {
  await using db = await testDatabase()
  await using plaid = await WebhookSigner.start()
  {
    await using before = await testPlaidApi(db, plaid)
    expect((await plaid.send(await serve(before), news)).status).toBe(200)
  }
  await using api = await testPlaidApi(db, plaid)
  const caller = await serve(api)
  for (let n = 0; n < 20; n++) await plaid.send(caller, news, { kid: `flood-${n}` })
  plaid.trouble = { status: 500, body: {} }
  expect((await plaid.send(caller, news, { age: 1 })).status).toBe(200)
  plaid.trouble = undefined
  // Plaid took it back: after ten minutes it is asked for again, and forgotten.
  plaid.drop('key-1')
  await db.pool().query(`update plaid.webhook_key set asked_at = now() - interval '11 minutes'`)
  await using after = await testPlaidApi(db, plaid)
  const refused = await plaid.send(await serve(after), news, { age: 2 })
  expect([refused.status, refused.code]).toEqual([401, 'WEBHOOK_KEY_UNKNOWN'])
  expect((await db.pool().query('select kid from plaid.webhook_key')).rows).toEqual([])
})

test('no token that comes in a body is written, nor told', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  await using w = await door({ logger })
  const canary = 'public-sandbox-canary'
  const finished = {
    webhook_type: 'LINK',
    webhook_code: 'SESSION_FINISHED',
    link_token: canary,
    public_tokens: [canary],
    deep: [{ access_token: canary, Secret: { in: canary } }],
    status: 'SUCCESS',
  }
  expect((await w.plaid.send(w.caller, finished)).status).toBe(200)
  await w.plaid.send(w.caller, finished, { age: 1_000 })
  await w.plaid.send(w.caller, JSON.stringify(finished).slice(1))
  await kept(w)
  const rows = await many(w.api.context.pool, sql`select * from plaid.webhook_event`)
  expect(rows.length).toBe(1)
  const written = JSON.stringify([rows, lines, w.caller.heard])
  expect(written).not.toContain('canary')
  expect(written).toContain('SUCCESS')
})

test('webhooks are listed newest first, by Item, type and code, page by page', async () => {
  await using w = await door()
  for (let n = 0; n < 7; n++) {
    const code = n % 2 === 0 ? 'SYNC_UPDATES_AVAILABLE' : 'LOGIN_REPAIRED'
    await w.plaid.send(w.caller, webhook(code, { item_id: `item-${n % 3}`, n }), { age: n })
  }
  const numbers = (rows: WebhookRow[]) => rows.map(({ body }) => body['n'])
  expect(numbers(await kept(w))).toEqual([6, 5, 4, 3, 2, 1, 0])
  expect(numbers(await kept(w, '?item_id=item-0'))).toEqual([6, 3, 0])
  expect(numbers(await kept(w, '?webhook_type=ITEM'))).toEqual([5, 3, 1])
  expect(numbers(await kept(w, '?webhook_code=LOGIN_REPAIRED&limit=2'))).toEqual([5, 3])
  const seen: unknown[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const at: string = cursor === '' ? '' : `&cursor=${cursor}`
    type Page = { webhooks: WebhookRow[]; next_cursor: string | null }
    const { body } = await w.caller.call<Page>(`/webhooks?limit=3${at}`)
    seen.push(...numbers(body.webhooks))
    cursor = body.next_cursor
  }
  expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0])
  expect((await w.caller.call('/webhooks?cursor=eyJwdWxsIjoiMSJ9')).status).toBe(400)
  expect((await w.caller.bare('/webhooks')).status).toBe(401)
  const { body } = await w.caller.call('/webhooks/status')
  expect(body).toMatchObject({ address: null, received_last_day: 7, waiting: 7 })
  const plan = await one<{ rows: number }>(
    w.api.context.pool,
    sql`select count(*)::int as rows from plaid.webhook_event`,
  )
  expect(plan.rows).toBe(7)
})
