// Which webhooks an application gets: of transactions, of where they go, of an Item's login.
import type { ItemGetResponse } from 'plaid'
import { describe, expect, test } from 'vitest'
import { events, itemWith, startReceiver, SYNC, verify } from './support/receiver.ts'
import { Reader, startEmulator, tokenOf } from './support/emulator.ts'

describe('transactions', () => {
  test('are announced to their readers: the last month, then the history', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator({ readiness: 'plaid' })
    const item = await itemWith(bench, receiver.url)
    expect((await bench.sync(item)).body.transactions_update_status).toBe('NOT_READY')
    await bench.advance('9s')
    expect(receiver.codes()).toEqual([])
    await bench.advance('1s')
    expect(receiver.codes().toSorted()).toEqual(['INITIAL_UPDATE', SYNC])
    const month = (await bench.sync(item)).body.added.length
    await bench.advance('50s')
    expect(receiver.codes().slice(2).toSorted()).toEqual(['HISTORICAL_UPDATE', SYNC])
    const reader = new Reader(bench, item)
    await reader.loop()
    const of = (code: string) =>
      receiver.received.filter(({ body }) => body.webhook_code === code).map(({ body }) => body)
    expect(of(SYNC)).toMatchObject([
      { item_id: item.itemId, initial_update_complete: true, historical_update_complete: false },
      { item_id: item.itemId, initial_update_complete: true, historical_update_complete: true },
    ])
    expect(of('INITIAL_UPDATE')).toMatchObject([{ new_transactions: month, error: null }])
    const older = reader.rows.size - month
    expect(of('HISTORICAL_UPDATE')).toMatchObject([{ new_transactions: older, error: null }])
    for (const webhook of receiver.received) await verify(bench, webhook)
  })

  test('an Item without a call of /transactions/sync has the older webhooks only', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator({ readiness: 'plaid' })
    const item = await itemWith(bench, receiver.url)
    await bench.advance('60s')
    expect(receiver.codes()).toEqual(['INITIAL_UPDATE', 'HISTORICAL_UPDATE'])
    await bench.sync(item)
    await bench.mutate(item, { add: 2, remove: 3, modify: 1 })
    expect(receiver.codes().slice(2)).toEqual([SYNC, 'TRANSACTIONS_REMOVED', 'DEFAULT_UPDATE'])
  })

  test('an Item that begins them by its first sync is told of both steps', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator({ readiness: 'plaid' })
    const item = await itemWith(bench, receiver.url, ['identity'])
    await bench.advance('1d')
    expect(receiver.codes()).toEqual([])
    await bench.sync(item)
    await bench.advance('60s')
    expect(receiver.codes().filter((code) => code === SYNC).length).toBe(2)
  })

  test('what came is counted; rows that are gone are named; at the bank’s own times', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await itemWith(bench, receiver.url)
    const reader = new Reader(bench, item)
    await reader.loop()
    await bench.advance('1s')
    const before = receiver.received.length
    const had = new Set(reader.rows.keys())
    await bench.advance('3d')
    await reader.loop()
    const came = receiver.received.slice(before).map(({ body }) => body)
    const added = came
      .filter(({ webhook_code }) => webhook_code === 'DEFAULT_UPDATE')
      .reduce((sum, body) => sum + Number(body['new_transactions']), 0)
    const removed = new Set(
      came.flatMap((body) => (body['removed_transactions'] ?? []) as string[]),
    )
    // a row that came and went in between is told of, and a reader never sees it
    const fleeting = [...removed].filter((id) => !had.has(id) && !reader.rows.has(id))
    const fresh = [...reader.rows.keys()].filter((id) => !had.has(id))
    expect(added).toBe(fresh.length + fleeting.length)
    expect([...had].filter((id) => !reader.rows.has(id)).every((id) => removed.has(id))).toBe(true)
    const times = (await events(bench)).webhook_events.map(({ sent_time }) => sent_time)
    expect(times).toEqual(times.toSorted())
    const looks = new Set(times.slice(before).map((time) => time.slice(11, 16)))
    expect([...looks].every((time) => ['06:10', '11:40', '16:20', '21:30'].includes(time))).toBe(
      true,
    )
    expect(looks.size).toBeGreaterThan(1)
  })

  test('many removed rows are named in more than one webhook', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await itemWith(bench, receiver.url)
    await bench.mutate(item, { remove: 1_500 })
    const named = receiver.received
      .filter(({ body }) => body.webhook_code === 'TRANSACTIONS_REMOVED')
      .map(({ body }) => body['removed_transactions'] as string[])
    expect(named.map((ids) => ids.length).toSorted((a, b) => b - a)[0]).toBe(1_000)
    expect(new Set(named.flat()).size).toBe(named.flat().length)
  })

  test('an Item without a webhook is told nothing, and nothing that came before it has one', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await bench.link()
    await bench.sync(item)
    await bench.advance('3d')
    await bench.post('/item/webhook/update', {
      access_token: item.accessToken,
      webhook: receiver.url,
    })
    await bench.advance('1s')
    expect(receiver.codes()).toEqual(['WEBHOOK_UPDATE_ACKNOWLEDGED'])
    await bench.advance('1d')
    expect(receiver.codes()).toContain(SYNC)
  })
})

describe('the address of an Item’s webhooks', () => {
  test('can be changed, which the new one is told, and taken away', async () => {
    await using first = await startReceiver()
    await using second = await startReceiver()
    await using bench = await startEmulator()
    const item = await itemWith(bench, first.url, ['identity'])
    const update = (webhook: string | null) =>
      bench.post<ItemGetResponse>('/item/webhook/update', {
        access_token: item.accessToken,
        webhook,
      })
    expect((await update(second.url)).body.item.webhook).toBe(second.url)
    const [webhook] = await second.until(1)
    expect(webhook?.body).toEqual({
      webhook_type: 'ITEM',
      webhook_code: 'WEBHOOK_UPDATE_ACKNOWLEDGED',
      item_id: item.itemId,
      error: null,
      new_webhook_url: second.url,
      environment: 'sandbox',
    })
    const { body } = await bench.post<ItemGetResponse>('/item/get', {
      access_token: item.accessToken,
    })
    expect(body.status?.last_webhook).toEqual({
      code_sent: 'WEBHOOK_UPDATE_ACKNOWLEDGED',
      sent_at: '2026-03-15T12:00:00Z',
    })
    for (const none of [null, '']) expect((await update(none)).body.item.webhook).toBe(null)
    await bench.command({ reset_login: item.itemId })
    await bench.advance('1d')
    expect([first.codes(), second.codes().length]).toEqual([[], 1])
  })
})

describe('the login of an Item', () => {
  async function setting(options: Parameters<typeof startEmulator>[0] = {}) {
    const receiver = await startReceiver()
    const bench = await startEmulator(options)
    const item = await itemWith(bench, receiver.url, ['identity'])
    return {
      receiver,
      bench,
      item,
      error: async () => (await bench.post('/accounts/get', tokenOf(item))).body['error_code'],
      last: () => receiver.received.at(-1)?.body,
      [Symbol.asyncDispose]: async () => {
        await bench[Symbol.asyncDispose]()
        await receiver[Symbol.asyncDispose]()
      },
    }
  }

  test('that is lost and found again without the application is told of', async () => {
    await using s = await setting()
    await s.bench.command({ reset_login: s.item.itemId })
    expect(s.last()).toMatchObject({
      webhook_code: 'ERROR',
      error: { error_code: 'ITEM_LOGIN_REQUIRED', error_code_reason: null, status: 400 },
    })
    expect(s.last()?.['error']).not.toHaveProperty('request_id')
    expect(await s.error()).toBe('ITEM_LOGIN_REQUIRED')
    await s.bench.command({ repair_login: s.item.itemId })
    expect(s.last()).toMatchObject({ webhook_type: 'ITEM', webhook_code: 'LOGIN_REPAIRED' })
    expect(await s.error()).toBe(undefined)
  })

  test('ends after its days where an option says so, and a repair begins them anew', async () => {
    await using s = await setting({ itemsExpireAfter: 30 })
    await s.bench.advance('29d')
    expect(s.receiver.codes()).toEqual([])
    await s.bench.command({ repair_login: s.item.itemId })
    await s.bench.advance('29d')
    expect(s.receiver.codes()).toEqual(['LOGIN_REPAIRED'])
    await s.bench.advance('5d')
    expect(s.receiver.codes()).toEqual(['LOGIN_REPAIRED', 'ERROR'])
    const [event] = (await events(s.bench)).webhook_events
    expect(event).toMatchObject({ webhook_code: 'ERROR', sent_time: '2026-05-13T12:00:00Z' })
    expect(await s.error()).toBe('ITEM_LOGIN_REQUIRED')
  })

  test('never ends by itself otherwise', async () => {
    await using s = await setting()
    await s.bench.advance('400d')
    expect(s.receiver.codes()).toEqual([])
    expect(await s.error()).toBe(undefined)
  })

  test('whose consent ends is told of a week before', async () => {
    await using s = await setting()
    await s.bench.command({ expire_consent: { item_id: s.item.itemId, in: '10d' } })
    const { body } = await s.bench.post<ItemGetResponse>('/item/get', tokenOf(s.item))
    expect(body.item.consent_expiration_time).toBe('2026-03-25T12:00:00Z')
    await s.bench.advance('71h')
    expect(s.receiver.codes()).toEqual([])
    await s.bench.advance('1h')
    expect(s.last()).toMatchObject({
      webhook_code: 'PENDING_EXPIRATION',
      consent_expiration_time: '2026-03-25T12:00:00Z',
    })
    await s.bench.advance('8d')
    expect(s.receiver.codes()).toEqual(['PENDING_EXPIRATION', 'ERROR'])
    expect(s.last()).toMatchObject({ error: { error_code_reason: 'OAUTH_CONSENT_EXPIRED' } })
  })

  test('that a bank will end is told of at once', async () => {
    await using s = await setting()
    const reason = 'INSTITUTION_TOKEN_EXPIRATION'
    await s.bench.command({ disconnect: { item_id: s.item.itemId, reason } })
    expect(s.last()).toMatchObject({
      webhook_code: 'PENDING_DISCONNECT',
      reason,
      disconnect_time: '2026-03-22T12:00:00Z',
    })
    await s.bench.advance('7d')
    expect(s.receiver.codes()).toEqual(['PENDING_DISCONNECT', 'ERROR'])
  })

  test('that the person revokes is told of', async () => {
    await using s = await setting()
    await s.bench.command({ revoke: s.item.itemId })
    expect(s.last()).toMatchObject({
      webhook_code: 'USER_PERMISSION_REVOKED',
      error: { error_code: 'USER_PERMISSION_REVOKED', error_type: 'ITEM_ERROR' },
    })
    expect(await s.error()).toBe('USER_PERMISSION_REVOKED')
  })

  test('an account that the person takes back is gone, and told of', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await itemWith(bench, receiver.url)
    const reader = new Reader(bench, item)
    await reader.loop()
    const ids = async () =>
      (
        await bench.post<{ accounts: { account_id: string }[] }>('/accounts/get', tokenOf(item))
      ).body.accounts.map(({ account_id }) => account_id)
    const [account, ...others] = await ids()
    await bench.command({ revoke_account: { item_id: item.itemId, account } })
    expect(receiver.received.map(({ body }) => body)).toContainEqual({
      webhook_type: 'ITEM',
      webhook_code: 'USER_ACCOUNT_REVOKED',
      item_id: item.itemId,
      account_id: account,
      environment: 'sandbox',
    })
    expect(await ids()).toEqual(others)
    await reader.loop()
    expect([...reader.rows.values()].filter((row) => row.account_id === account)).toEqual([])
  })

  test('nothing comes at an Item while its login is lost; then it is told as one', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await itemWith(bench, receiver.url)
    await bench.sync(item)
    await bench.command({ reset_login: item.itemId })
    const before = receiver.received.length
    await bench.advance('10d')
    expect(receiver.received.length).toBe(before)
    await bench.command({ repair_login: item.itemId })
    const codes = receiver.codes().slice(before)
    expect(codes.filter((code) => code === SYNC)).toEqual([SYNC])
    expect(codes.filter((code) => code === 'DEFAULT_UPDATE')).toEqual(['DEFAULT_UPDATE'])
  })
})
