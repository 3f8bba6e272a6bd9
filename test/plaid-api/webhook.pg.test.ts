// What webhooks lead to: the emulated Plaid's own, signed by it and sent over HTTP, and others in
// any order, number and moment. Whatever becomes of a webhook, the poll finds the same (L1).
import { expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { dueItems } from '../../src/plaid-api/store/item.ts'
import {
  insertWebhook,
  noteNews,
  pruneWebhooks,
  publishWebhooks,
  webhookStats,
} from '../../src/plaid-api/store/webhook.ts'
import { tellOnce } from '../../src/plaid-api/webhook/address.ts'
import { readBody } from '../../src/plaid-api/webhook/body.ts'
import { codeOf } from '../../src/plaid-api/webhook/codes.ts'
import { workOnce } from '../../src/plaid-api/webhook/work.ts'
import type { WebhookRow, WebhookStatus } from '../../src/plaid-api/webhook/shapes.ts'
import { exec, one, sql } from '../../src/postgres/query.ts'
import { uuid } from '../../src/std/ids.ts'
import { createLogger } from '../../src/std/log.ts'
import { GINGHAM, LinkedWorld } from '../support/linked-world.ts'
import { testDatabase } from '../support/database.ts'
import { link, type TestApi, testPlaidApi } from '../support/plaid-api.ts'
import { WebhookSigner } from '../support/webhook-signer.ts'

const never = new AbortController().signal
const silent = createLogger('plaid-api', 'silent')

type World = LinkedWorld

async function made(more: Parameters<typeof LinkedWorld.make>[0] = {}): Promise<World> {
  const world = await LinkedWorld.make(more)
  world.api.context.webhook = `http://127.0.0.1:${world.caller.port}/webhooks/plaid`
  return world
}

async function listed(w: World, query = ''): Promise<WebhookRow[]> {
  return (await w.caller.call<{ webhooks: WebhookRow[] }>(`/webhooks${query}`)).body.webhooks
}

/** As soon as so many webhooks of the code are there, they are worked on. */
async function worked(w: World, code: string, times = 1): Promise<WebhookRow> {
  const seen = () => listed(w, `?webhook_code=${code}`)
  await expect.poll(async () => (await seen()).length).toBeGreaterThanOrEqual(times)
  await workOnce(w.api.context, never)
  return (await seen())[0]!
}

/** An Item with its history, and no webhook of that left. */
async function item(w: World): Promise<string> {
  const id = await w.sandbox()
  await w.pull(id)
  await worked(w, 'DEFAULT_UPDATE', 0)
  await exec(w.api.context.pool, sql`delete from plaid.item_news`)
  return id
}

/** With news, whether or not they failed last time. */
async function due({ api: { context } }: World): Promise<string[]> {
  const all = await Promise.all([false, true].map((failing) => dueItems(context.pool, failing, 10)))
  return all.flat().flatMap(({ item_id, news }) => (news ? [item_id] : []))
}

/** As if Plaid had sent it. */
async function told(w: Pick<World, 'api'>, id: string, code: string, more: object = {}) {
  const type = code === 'SYNC_UPDATES_AVAILABLE' ? 'TRANSACTIONS' : 'ITEM'
  const body = { webhook_type: type, webhook_code: code, item_id: id, ...more }
  await insertWebhook(w.api.context.pool, {
    ...readBody(Buffer.from(JSON.stringify(body))),
    bodyHash: JSON.stringify(body),
    tokenHash: uuid(),
    act: codeOf(type, code)?.act ?? 'none',
    outcome: null,
  })
}

test('what comes at the bank is pulled because Plaid told of it, and shown so', async () => {
  await using w = await made()
  const id = await item(w)
  const before = await w.sum()
  await w.plaid.command({ add_transaction: { item_id: id, name: 'News', amount: 12.5 } })
  await expect
    .poll(async () => {
      await workOnce(w.api.context, never)
      return due(w)
    })
    .toEqual([id])
  const log = await pullItem(w.api.context, id, 'incremental', never, undefined, 'webhook')
  expect(log).toEqual({ added: 1, modified: 0, removed: 0 })
  expect(await due(w)).toEqual([])
  expect((await w.sum()).rows).toBe(before.rows + 1)
  const [news] = await listed(w, '?webhook_code=SYNC_UPDATES_AVAILABLE')
  expect(news).toMatchObject({
    item_id: id,
    institution_name: 'First Gingham Credit Union',
    outcome: 'pull',
    pull: { status: 'succeeded', added: 1 },
  })
  const { body } = await w.caller.call<{ pulls: { trigger: string }[] }>(`/pulls?item_id=${id}`)
  expect(body.pulls[0]?.trigger).toBe('webhook')
})

test('a webhook is a row of the feed: with its Item’s pull, or seconds after it came', async () => {
  await using w = await made()
  const { pool } = w.api.context
  const id = await item(w)
  const age = () =>
    exec(pool, sql`update plaid.webhook_event set received_at = received_at - interval '1 minute'`)
  await age()
  await publishWebhooks(pool, 100)
  const start = (await rowsOf(w)).length
  const failing = { error_type: 'ITEM_ERROR', error_code: 'ITEM_LOGIN_REQUIRED' }
  await told(w, id, 'ERROR', { error: failing, environment: 'sandbox', new_here: { a: [1, null] } })
  await told(w, id, 'SYNC_UPDATES_AVAILABLE', { error: null, public_token: 'public-sandbox-1' })
  await told(w, 'stranger', 'ERROR', { error: 'Caf\0é' })
  await workOnce(w.api.context, never)
  await publishWebhooks(pool, 100)
  expect(await rowsOf(w)).toHaveLength(start) // a pull is about to tell of them
  await w.pull(id)
  const [error, news, ...more] = (await rowsOf(w)).slice(start)
  expect(more).toEqual([])
  const [run] = (await rowsOf(w, 'sync_runs')).slice(-1)
  expect(error).toMatchObject({
    item_id: id,
    webhook_type: 'ITEM',
    webhook_code: 'ERROR',
    deliveries: 1,
    outcome: 'item',
    sync_run_id: run?.['sync_run_id'],
    error: failing,
    extra: { environment: 'sandbox', new_here: { a: [1, null] } },
  })
  expect(news).toMatchObject({ outcome: 'pull', error: null, extra: { public_token: '••••••' } })
  expect(String(error?.['updated_at']) < String(run?.['updated_at'])).toBe(true)

  await age()
  await publishWebhooks(pool, 100)
  const [, , stranger] = (await rowsOf(w)).slice(start)
  expect(stranger).toMatchObject({ item_id: 'stranger', outcome: 'unknown_item', error: null })
  expect(stranger).toMatchObject({ extra: { error: 'Café' } })
  expect(await publishWebhooks(pool, 100)).toBe(0)
  const { body } = await w.caller.call(`/webhook_events?item_id=stranger&start_date=2020-01-01`)
  expect(body).toMatchObject({ webhook_events: [stranger], total_count: 1, has_more: false })

  // The same request again is a change of its row; what comes of an erased Item is none.
  await exec(pool, sql`update plaid.webhook_event set deliveries = 2 where item_id = 'stranger'`)
  await w.post(`/items/${id}/erase`, undefined, 204)
  await told(w, id, 'ERROR', { error: failing })
  await workOnce(w.api.context, never)
  await age()
  await publishWebhooks(pool, 100)
  const now = await rowsOf(w)
  expect(now.filter((row) => row['item_id'] === id).every((row) => isGone(row))).toBe(true)
  expect(now.filter((row) => !isGone(row))).toMatchObject([{ deliveries: 2 }])
})

async function rowsOf(w: World, name = 'webhook_events'): Promise<Record<string, unknown>[]> {
  const { body } = await w.caller.call(`/${name}/incremental?limit=1000`)
  return (body as Record<string, Record<string, unknown>[]>)[name] ?? []
}

const isGone = (row: Record<string, unknown>) => row['_ab_cdc_deleted_at'] !== null

test('each code of an Item does its part, and a pull finds out what holds', async () => {
  await using w = await made()
  const id = await item(w)
  const status = async () => {
    const { status, error_code, new_accounts } = await w.item(id)
    return { status, error_code, new_accounts }
  }
  await w.plaid.command({ reset_login: id })
  expect(await worked(w, 'ERROR')).toMatchObject({ outcome: 'item' })
  const lost = { status: 'needs_user', error_code: 'ITEM_LOGIN_REQUIRED', new_accounts: false }
  expect(await status()).toEqual(lost)
  expect(await due(w)).toEqual([id])
  await w.plaid.command({ repair_login: id })
  expect(await worked(w, 'LOGIN_REPAIRED')).toMatchObject({ outcome: 'item' })
  expect(await status()).toMatchObject({ status: 'linked', error_code: null })
  await w.pull(id)
  expect(await status()).toMatchObject({ status: 'healthy' })
  // One that comes late says nothing that is not so.
  await told(w, id, 'ERROR', { error: { error_code: 'ITEM_LOGIN_REQUIRED' } })
  await workOnce(w.api.context, never)
  expect(await status()).toEqual(lost)
  expect(await due(w)).toEqual([id])
  await w.pull(id)
  expect(await status()).toMatchObject({ status: 'healthy', error_code: null })
  await w.plaid.command({ new_account: { item_id: id, name: 'Savings' } })
  expect(await worked(w, 'NEW_ACCOUNTS_AVAILABLE')).toMatchObject({ outcome: 'item' })
  expect(await status()).toMatchObject({ status: 'healthy', new_accounts: true })
  await w.plaid.command({ disconnect: id })
  expect(await worked(w, 'PENDING_DISCONNECT')).toMatchObject({ outcome: 'item' })
  expect(await w.item(id)).toMatchObject({
    status: 'disconnect_announced',
    disconnect_at: expect.stringMatching(/^2026-03-2/) as string,
  })
  await w.plaid.command({ revoke: id })
  expect(await worked(w, 'USER_PERMISSION_REVOKED')).toMatchObject({ outcome: 'item' })
  expect(await status()).toMatchObject({ status: 'revoked' })
})

test('an announcement that comes again after the repair announces nothing', async () => {
  await using w = await made()
  const id = await item(w)
  const end = { disconnect_time: '2026-03-22T12:00:00Z' }
  await told(w, id, 'PENDING_DISCONNECT', end)
  await workOnce(w.api.context, never)
  expect((await w.item(id)).status).toBe('disconnect_announced')
  await told(w, id, 'ERROR', { error: { error_code: 'ITEM_LOGIN_REQUIRED' } })
  await told(w, id, 'LOGIN_REPAIRED')
  await told(w, id, 'PENDING_DISCONNECT', end)
  await told(w, id, 'NEW_ACCOUNTS_AVAILABLE')
  await told(w, id, 'PENDING_EXPIRATION', { consent_expiration_time: 'no time' })
  await workOnce(w.api.context, never)
  await w.pull(id)
  expect(await w.item(id)).toMatchObject({ status: 'healthy', disconnect_at: null })
  const outcomes = (await listed(w, `?item_id=${id}&webhook_type=ITEM`)).map((one) => one.outcome)
  expect(outcomes.slice(0, 5)).toEqual(['pull', 'item', 'repeated', 'item', 'item'])
})

test('several of one Item wait together, and each is worked on', async () => {
  await using w = await made()
  const id = await item(w)
  for (let n = 0; n < 5; n++) await told(w, id, 'SYNC_UPDATES_AVAILABLE', { n })
  await workOnce(w.api.context, never)
  const rows = await listed(w, `?item_id=${id}&webhook_code=SYNC_UPDATES_AVAILABLE`)
  expect(rows.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'pull'))
  expect(await due(w)).toEqual([id])
})

test('one that cannot be worked on holds no other: a pull finds out', async () => {
  await using w = await made()
  const id = await item(w)
  for (const at of ['9999-12-31T23:59:59-05:00', '0000-01-01T00:00:00Z', '+020000-01-01', 7]) {
    await told(w, id, 'PENDING_EXPIRATION', { consent_expiration_time: at })
    await told(w, id, 'PENDING_DISCONNECT', { disconnect_time: at })
  }
  const words = { error_code: 'ITEM_LOGIN_REQUIRED', error_message: 'bad' }
  await told(w, id, 'ERROR', { error: words })
  const { pool } = w.api.context
  const first = await one<{ id: string }>(
    pool,
    sql`update plaid.webhook_event set body = 'null'
        where id = (select min(id) from plaid.webhook_event where worked_at is null)
        returning id::text`,
  )
  await workOnce(w.api.context, never)
  await exec(pool, sql`update plaid.webhook_event set body = '{}' where id = ${first.id}`)
  const seen = (await listed(w, `?item_id=${id}&webhook_type=ITEM`)).toReversed()
  expect(seen[0]).toMatchObject(first)
  expect(seen.map(({ outcome }) => outcome)).toEqual([
    ...Array.from({ length: 8 }, () => 'pull'),
    'item',
  ])
  expect(await w.item(id)).toMatchObject({ status: 'needs_user' })
})

test('what is told while the Item is pulled is pulled after it', async () => {
  let during: (() => Promise<void>) | undefined
  await using w = await made({
    onStep: async (step) => {
      if (step !== 'accounts') return
      await during?.()
      during = undefined
    },
  })
  const id = await item(w)
  during = async () => {
    await told(w, id, 'SYNC_UPDATES_AVAILABLE')
    await workOnce(w.api.context, never)
    expect(await due(w)).toEqual([]) // it is leased
  }
  await w.pull(id)
  expect(await due(w)).toEqual([id])
  await w.pull(id)
  expect(await due(w)).toEqual([])
  // A pull that fails is tried again when its failure says, not at once for ever.
  await w.plaid.command({ fault: { endpoint: '/*', error_code: 'INSTITUTION_DOWN', times: 4 } })
  await noteNews(w.api.context.pool, id)
  await expect(w.pull(id)).rejects.toMatchObject({ code: 'INSTITUTION_DOWN' })
  expect(await due(w)).toEqual([])
})

test('of two processes one works on each webhook, and a crash leaves it to the other', async () => {
  let crashes = 3
  const onStep = async (step: string) => {
    if (step === 'webhook worked' && crashes-- > 0) throw new Error('killed')
  }
  await using db = await testDatabase()
  await using plaid = await WebhookSigner.start()
  await using w = await testPlaidApi(db, plaid, { onStep })
  await using other = await testPlaidApi(db, plaid)
  const pool = db.pool()
  await link(w, { itemId: 'the-item', token: 'access-token' })
  const failing = { error: { error_code: 'ITEM_LOGIN_REQUIRED' } }
  const times = 40
  for (let n = 0; n < times; n++) await told({ api: w }, 'the-item', 'ERROR', failing)
  const waiting = () => webhookStats(pool, 100).then((stats) => stats.waiting)
  const work = async (api: TestApi) => {
    while ((await waiting()) > 0) await workOnce(api.context, never).catch(() => {})
  }
  await Promise.all([work(w), work(other)])
  expect(crashes).toBeLessThan(0)
  const row = await one(pool, sql`select failures, status from plaid.item`)
  expect(row).toEqual({ failures: times, status: 'needs_user' })
})

test('whoever finishes Link is looked at at once, and no token is kept', async () => {
  await using w = await made()
  const session = await w.post<{ hosted_link_url: string; session_id: string }>(
    '/link/sessions',
    {},
    201,
  )
  await w.keep() // looks, and would not again for five seconds
  await w.plaid.visit(session.hosted_link_url, GINGHAM)
  expect(await worked(w, 'SESSION_FINISHED')).toMatchObject({ outcome: 'link' })
  await w.keep()
  const items = await w.caller.call<{ items: { item_id: string }[] }>('/items')
  expect(items.body.items.length).toBe(1)
  const codes = (await listed(w, '?webhook_type=LINK')).map((one) => one.webhook_code)
  expect(codes.toSorted()).toEqual(['EVENTS', 'ITEM_ADD_RESULT', 'SESSION_FINISHED'])
  expect(JSON.stringify(await listed(w))).not.toMatch(/(public|link|access)-sandbox-/)
})

test('a webhook that is lost is found by the poll', async () => {
  await using w = await made()
  const id = await item(w)
  const before = (await listed(w)).length
  await w.plaid.command({ webhook: { fault: 'drop', times: 100 } })
  await w.plaid.command({ add_transaction: { item_id: id, name: 'Lost', amount: 1 } })
  expect((await listed(w)).length).toBe(before)
  expect(await w.pull(id)).toEqual({ added: 1, modified: 0, removed: 0 })
})

test('another address is told to every Item, and where Plaid takes it not, it is shown', async () => {
  await using w = await made()
  const { context } = w.api
  const ids = [await item(w), await w.sandbox('ins_109510'), await w.sandbox('ins_109511')]
  for (const id of ids) await w.pull(id)
  const status = async () => (await w.caller.call<WebhookStatus>('/webhooks/status')).body
  expect((await status()).items).toEqual({ told: 3, waiting: 0, failed: 0 })
  context.webhook = `${context.webhook}?moved`
  const fault = { endpoint: '/item/webhook/update', error_code: 'INTERNAL_SERVER_ERROR', times: 1 }
  await w.plaid.command({ fault })
  await tellOnce(context, silent, never)
  expect(await status()).toMatchObject({
    address: context.webhook,
    items: { told: 2, waiting: 0, failed: 1 },
    failures: [{ error: 'INTERNAL_SERVER_ERROR' }],
  })
  const failed = (await status()).failures[0]?.item_id ?? ''
  expect((await w.item(failed)).webhook_error).toBe('INTERNAL_SERVER_ERROR')
  await tellOnce(context, silent, never) // not before its minute is over
  expect((await status()).items.failed).toBe(1)
  await exec(context.pool, sql`update plaid.item set webhook_try_at = now()`)
  await tellOnce(context, silent, never)
  expect((await status()).items).toEqual({ told: 3, waiting: 0, failed: 0 })
  // Plaid acknowledges at the new address, and says itself what it has.
  await worked(w, 'WEBHOOK_UPDATE_ACKNOWLEDGED', 3)
  await w.pull(failed)
  expect((await w.item(failed)).webhook).toBe(context.webhook)
  context.webhook = ''
  await tellOnce(context, silent, never)
  await w.pull(failed)
  expect(await w.item(failed)).toMatchObject({ webhook: '', webhook_error: null })
})

test('what is old, or one too many, goes; what waits stays', async () => {
  await using w = await made()
  const { pool } = w.api.context
  for (let n = 0; n < 10; n++) await told(w, 'nobody', 'SYNC_UPDATES_AVAILABLE', { n })
  await workOnce(w.api.context, never)
  await told(w, 'nobody', 'LOGIN_REPAIRED', { n: 10 })
  await exec(
    pool,
    sql`update plaid.webhook_event set received_at = now() - interval '31 days'
                       where id <= 3 or worked_at is null`,
  )
  const kept = { daysMax: 30, rowsMax: 5, atOnceMax: 2 }
  while ((await pruneWebhooks(pool, kept)) > 0);
  expect((await listed(w)).map(({ body }) => body['n'])).toEqual([10, 9, 8, 7, 6])
  expect((await listed(w))[1]?.outcome).toBe('unknown_item')
})
