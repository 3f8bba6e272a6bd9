// Linking and unlinking banks over real HTTP: a session's public token is exchanged exactly once,
// and an access token that Plaid gave is never lost.
import { describe, expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { exec, one, sql } from '../../src/postgres/query.ts'
import { systemClock } from '../../src/std/clock.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { ModelBank } from '../support/model-bank.ts'
import { link, type TestApi, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal

interface Session {
  session_id: string
  hosted_link_url: string
  status: string
  items: { item_id: string; institution_name: string | null; status: string }[]
}

interface World extends AsyncDisposable {
  bank: ModelBank
  api: TestApi
  caller: Caller
}

async function world(): Promise<World> {
  const stack = new AsyncDisposableStack()
  const db = stack.use(await testDatabase())
  const bank = stack.use(await ModelBank.start())
  const api = stack.use(await testPlaidApi(db, bank))
  const caller = await serve(api)
  return { bank, api, caller, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function begin(caller: Caller): Promise<string> {
  const { status, body } = await caller.call<Session>('/link/sessions', { method: 'POST' })
  expect(status).toBe(201)
  expect(body).toMatchObject({ status: 'open', items: [] })
  expect(body.hosted_link_url).toMatch(/^http/)
  return `/link/sessions/${body.session_id}`
}

/** Their time is over. */
async function timeOut({ api }: World): Promise<void> {
  await exec(api.context.pool, sql`update plaid.link_session set expires_at = now()`)
}

async function read(caller: Caller, path: string): Promise<Session> {
  const { status, body, text } = await caller.call<Session>(path)
  expect(status, text).toBe(200)
  return body
}

describe('a Link session', () => {
  test('that is finished gives an Item that can be pulled', async () => {
    await using w = await world()
    const path = await begin(w.caller)
    expect(await read(w.caller, path)).toMatchObject({ status: 'open', items: [] })
    w.bank.link.finish('Tartan Bank')
    const session = await read(w.caller, path)
    expect(session).toMatchObject({
      status: 'finished',
      items: [{ institution_name: 'Tartan Bank', status: 'linked' }],
    })
    const id = session.items[0]?.item_id ?? ''
    const counts = await pullItem(w.api.context, id, 'incremental', never)
    expect(counts).toEqual({ added: 0, modified: 0, removed: 0 })
  })

  test('is exchanged once, however many read it at once and however slow Plaid is', async () => {
    await using w = await world()
    w.bank.onCall = (path) => systemClock.sleep(path.includes('exchange') ? 300 : 5)
    const path = await begin(w.caller)
    const token = w.bank.link.finish('Tartan Bank')
    const readers = await Promise.all(Array.from({ length: 40 }, () => read(w.caller, path)))
    expect(w.bank.link.exchanges).toEqual(new Map([[token, 1]]))
    expect(readers.some((one) => one.status === 'finished')).toBe(true)
    for (const one of readers) {
      expect(one.items.length).toBeGreaterThanOrEqual(one.status === 'finished' ? 1 : 0)
    }
    expect(await read(w.caller, path)).toMatchObject({ status: 'finished' })
    expect(w.bank.link.exchanges).toEqual(new Map([[token, 1]]))
  })

  test('keeps no connection from others while Plaid is slow', async () => {
    await using w = await world()
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let begun = () => {}
    const exchanging = new Promise<void>((resolve) => (begun = resolve))
    w.bank.onCall = async (path) => {
      if (!path.includes('exchange')) return
      begun()
      await held
    }
    const path = await begin(w.caller)
    w.bank.link.finish('Tartan Bank')
    const first = read(w.caller, path)
    await exchanging
    const others = await Promise.all(Array.from({ length: 40 }, () => read(w.caller, path)))
    expect(others.every((one) => one.status === 'open')).toBe(true)
    expect((await w.caller.call('/accounts')).status).toBe(200)
    release()
    await first
    expect(await read(w.caller, path)).toMatchObject({ status: 'finished' })
  })

  test('may have several banks', async () => {
    await using w = await world()
    const path = await begin(w.caller)
    w.bank.link.finish('First')
    w.bank.link.finish('Second')
    const { items } = await read(w.caller, path)
    const names = new Set(items.map((item) => item.institution_name))
    expect(names).toEqual(new Set(['First', 'Second']))
  })

  test('whose results are partly none of Link’s gives the Items of the others', async () => {
    await using w = await world()
    const path = await begin(w.caller)
    w.bank.link.finishOddly({ public_token: null, institution: null, accounts: null })
    const odd = w.bank.link.finish('Odd\0Bank')
    w.bank.link.finishOddly({ public_token: odd, institution: 7, accounts: [null, 3] })
    w.bank.link.finish('Tartan Bank')
    const { items } = await read(w.caller, path)
    expect(items.map((one) => one.institution_name)).toEqual([null, 'Tartan Bank'])
  })

  test('that was left says so, and can still be finished by the same page', async () => {
    await using w = await world()
    const path = await begin(w.caller)
    w.bank.link.exit()
    expect(await read(w.caller, path)).toMatchObject({ status: 'exited', items: [] })
    w.bank.link.finish('Tartan Bank')
    expect(await read(w.caller, path)).toMatchObject({ status: 'finished' })
  })

  test('of a bank whose clock stands in the past is open as long as any other', async () => {
    await using w = await world()
    w.bank.link.expiration = '2020-01-01T00:00:00Z'
    const path = await begin(w.caller)
    expect(await read(w.caller, path)).toMatchObject({ status: 'open' })
  })

  test('that nobody finished in time is expired; one that was finished in time is not', async () => {
    await using w = await world()
    const late = await begin(w.caller)
    await timeOut(w)
    expect(await read(w.caller, late)).toMatchObject({ status: 'expired', items: [] })
    const path = await begin(w.caller)
    w.bank.link.finish('Tartan Bank')
    await timeOut(w)
    expect(await read(w.caller, path)).toMatchObject({ status: 'finished' })
  })

  test('answers after Plaid failed as if nothing had been', async () => {
    await using w = await world()
    const path = await begin(w.caller)
    w.bank.link.finish('Tartan Bank')
    let failing = true
    w.bank.onCall = async (called) => {
      if (failing && called.includes('token/get')) throw new Error('the bank is away')
    }
    const answer = await w.caller.call(path)
    expect(answer.status).toBe(503)
    failing = false
    expect(await read(w.caller, path)).toMatchObject({ status: 'finished' })
  })
})

describe('an Item', () => {
  test('of a sandbox is linked without a person, never in production', async () => {
    await using w = await world()
    const body = { institution_id: 'ins_7' }
    const made = await w.caller.call('/items/sandbox', { method: 'POST', body })
    expect(made.status).toBe(201)
    const { body: list } = await w.caller.call<{ items: object[] }>('/items')
    expect(list.items).toMatchObject([
      { item_id: made.body['item_id'], institution_name: 'Model Bank', status: 'linked' },
    ])
    await using db = await testDatabase()
    await using api = await testPlaidApi(db, w.bank, { environment: 'production' })
    const production = await serve(api)
    const refused = await production.call('/items/sandbox', { method: 'POST', body })
    expect(refused.status).toBe(400)
    expect(refused.body['error']).toMatchObject({ code: 'SANDBOX_ONLY' })
  })

  test('is taken away as often as somebody asks, and its rows stay', async () => {
    await using w = await world()
    const item = w.bank.item('a')
    const row = { account_id: 'account-a', amount: 1, name: 'n', pending: false }
    item.put({ transaction_id: 't', ...row })
    await link(w.api, item)
    await pullItem(w.api.context, item.itemId, 'incremental', never)
    for (let i = 0; i < 3; i++) {
      const answer = await w.caller.call(`/items/${item.itemId}`, { method: 'DELETE' })
      expect([answer.status, answer.text]).toEqual([204, ''])
    }
    expect(w.bank.items.size).toBe(0)
    const accounts = await w.caller.call('/accounts')
    expect(accounts.body).toMatchObject({ accounts: [{ closed_at: expect.any(String) }] })
    expect((await w.caller.call('/transactions')).body['total_count']).toBe(1)
    const kept = await one(
      w.api.context.pool,
      sql`select access_token, cursor, status from plaid.item`,
    )
    expect(kept).toEqual({ access_token: '', cursor: '', status: 'removed' })
    const verify = await w.caller.call(`/items/${item.itemId}/verify`, { method: 'POST' })
    expect(verify.status).toBe(409)
    expect(verify.body['error']).toMatchObject({ code: 'ITEM_REMOVED' })
  })

  test('that is gone at Plaid already is taken away too; one that Plaid keeps is kept', async () => {
    await using w = await world()
    const item = w.bank.item('a')
    await link(w.api, item)
    w.bank.onCall = async () => {
      throw new Error('the bank is away')
    }
    const away = await w.caller.call(`/items/${item.itemId}`, { method: 'DELETE' })
    expect(away.status).toBe(503)
    w.bank.onCall = undefined
    w.bank.items.clear()
    const gone = await w.caller.call(`/items/${item.itemId}`, { method: 'DELETE' })
    expect(gone.status).toBe(204)
  })

  test('whose pull hangs is ended at once, and nothing that the bank says after is kept', async () => {
    await using w = await world()
    const item = w.bank.item('a')
    const account_id = item.accounts[0] ?? ''
    item.put({ transaction_id: 't-1', account_id, amount: 1, name: 'late', pending: false })
    await link(w.api, item)
    const asked = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    w.bank.onCall = async (path) => {
      if (path !== '/transactions/sync') return
      asked.resolve()
      await answered.promise
    }
    const { signal } = new AbortController()
    const pull = pullItem(w.api.context, item.itemId, 'incremental', signal)
    const failure = pull.catch((error: unknown) => error)
    await asked.promise
    const erased = await w.caller.call(`/items/${item.itemId}/erase`, { method: 'POST' })
    answered.resolve()
    expect(await failure).toMatchObject({ code: 'LEASE_LOST' })
    expect(erased.status).toBe(204)
    expect((await w.caller.call('/transactions')).body['total_count']).toBe(0)
    const said = await w.caller.call(`/items/${item.itemId}`)
    expect(said.body).toMatchObject({ status: 'erased', error_code: null })
  })

  test('that another is at is busy, which is said with what to do', async () => {
    await using w = await world()
    const item = w.bank.item('a')
    await link(w.api, item)
    await exec(
      w.api.context.pool,
      sql`update plaid.item set lease_until = now() + interval '1 min'`,
    )
    const verify = await w.caller.call(`/items/${item.itemId}/verify`, { method: 'POST' })
    await exec(w.api.context.pool, sql`update plaid.item set status = 'disconnecting'`)
    const remove = await w.caller.call(`/items/${item.itemId}`, { method: 'DELETE' })
    for (const answer of [remove, verify]) {
      expect(answer.status).toBe(409)
      expect(answer.body['error']).toMatchObject({ code: 'ITEM_BUSY' })
    }
  })
})
