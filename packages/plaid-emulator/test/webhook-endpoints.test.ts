// What an application can ask of webhooks: to see one fired, and what was sent of late.
import { decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { events, itemWith, startReceiver, SYNC } from './support/receiver.ts'
import { type LinkedItem, startEmulator, TATTERSALL, tokenOf } from './support/emulator.ts'

describe('/webhook_verification_key/get', () => {
  test('has the key that Plaid’s Sandbox has for everybody, which signs nothing', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const kid = '6c5516e1-92dc-479e-a8ff-5a51992e0001'
    const { status, body } = await bench.post('/webhook_verification_key/get', { key_id: kid })
    const key = { alg: 'ES256', crv: 'P-256', kty: 'EC', use: 'sig', kid, expired_at: null }
    expect([status, body['key']]).toEqual([200, expect.objectContaining(key)])
    const coordinate: unknown = expect.stringMatching(/^[\w-]{43}$/)
    expect(body['key']).toMatchObject({ x: coordinate, y: coordinate })
    const item = await itemWith(bench, receiver.url, ['transactions'])
    await bench.post('/sandbox/item/reset_login', tokenOf(item))
    const [webhook] = await receiver.until(1)
    expect(decodeProtectedHeader(webhook?.jwt ?? '').kid).not.toBe(kid)
  })
})

describe('/sandbox/item/fire_webhook', () => {
  test('fires every webhook that it documents, in its documented form', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const products = ['transactions', 'auth', 'identity', 'liabilities']
    const item = await itemWith(bench, receiver.url, products)
    const investor = await bench.link(TATTERSALL, { webhook: receiver.url }, ['investments'])
    await bench.advance('1s')
    const fired: [string, string, string[]][] = [
      ['DEFAULT_UPDATE', 'TRANSACTIONS', ['new_transactions', 'error']],
      ['DEFAULT_UPDATE', 'AUTH', ['account_ids_with_updated_auth', 'account_ids_with_new_auth']],
      ['DEFAULT_UPDATE', 'IDENTITY', ['account_ids_with_updated_identity', 'error']],
      ['DEFAULT_UPDATE', 'HOLDINGS', ['new_holdings', 'updated_holdings', 'error']],
      ['DEFAULT_UPDATE', 'INVESTMENTS_TRANSACTIONS', ['new_investments_transactions', 'error']],
      ['DEFAULT_UPDATE', 'LIABILITIES', ['account_ids_with_updated_liabilities', 'error']],
      ['NEW_ACCOUNTS_AVAILABLE', 'ITEM', ['error']],
      ['LOGIN_REPAIRED', 'ITEM', []],
      ['PENDING_DISCONNECT', 'ITEM', ['reason', 'disconnect_time']],
      ['USER_PERMISSION_REVOKED', 'ITEM', ['error']],
      ['USER_ACCOUNT_REVOKED', 'ITEM', ['account_id']],
      ['ERROR', 'ITEM', ['error']],
      ['RECURRING_TRANSACTIONS_UPDATE', 'TRANSACTIONS', ['account_ids']],
      [SYNC, 'TRANSACTIONS', ['initial_update_complete', 'historical_update_complete']],
      ['SMS_MICRODEPOSITS_VERIFICATION', 'AUTH', ['status', 'account_id']],
    ]
    for (const [webhook_code, webhook_type, fields] of fired) {
      const of = /HOLDINGS|INVESTMENTS/.test(webhook_type) ? investor : item
      const body = { ...tokenOf(of), webhook_code, webhook_type }
      const answer = await bench.post('/sandbox/item/fire_webhook', body)
      expect(answer, webhook_code).toMatchObject({ status: 200, body: { webhook_fired: true } })
      await bench.advance('1s')
      const came = receiver.received.at(-1)?.body
      expect(came).toMatchObject({ webhook_code, webhook_type, item_id: of.itemId })
      for (const field of fields) expect(came, webhook_code).toHaveProperty(field)
    }
    expect((await bench.sync(item)).status, 'nothing happened to the Item').toBe(200)
  })

  test('says as many new transactions as it is told to', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await itemWith(bench, receiver.url, ['transactions'])
    await bench.advance('1s')
    const before = receiver.received.length
    const options = { new_transactions: 7 }
    const body = { ...tokenOf(item), webhook_code: 'DEFAULT_UPDATE', options }
    expect((await bench.post('/sandbox/item/fire_webhook', body)).status).toBe(200)
    const came = await receiver.until(before + 1)
    expect(came.at(-1)?.body).toMatchObject({ webhook_type: 'TRANSACTIONS', new_transactions: 7 })
  })

  test('refuses products that the Item has not, and Items without a webhook', async () => {
    await using bench = await startEmulator()
    const quiet = await bench.link()
    const item = await itemWith(bench, 'http://127.0.0.1:1/', ['identity'])
    const refusals: [LinkedItem, object, string][] = [
      [quiet, { webhook_code: SYNC }, 'SANDBOX_WEBHOOK_INVALID'],
      [item, { webhook_code: SYNC }, 'SANDBOX_PRODUCT_NOT_ENABLED'],
      [item, { webhook_code: 'PRODUCT_READY' }, 'SANDBOX_PRODUCT_NOT_ENABLED'],
      [item, { webhook_code: 'ERROR' }, 'SANDBOX_PRODUCT_NOT_ENABLED'],
      [item, { webhook_code: SYNC, webhook_type: 'AUTH' }, 'SANDBOX_WEBHOOK_INVALID'],
      [item, { webhook_code: 'NO_SUCH_CODE' }, 'INVALID_FIELD'],
    ]
    for (const [of, body, code] of refusals) {
      const answer = await bench.post('/sandbox/item/fire_webhook', { ...tokenOf(of), ...body })
      expect([answer.status, answer.body['error_code']], JSON.stringify(body)).toEqual([400, code])
    }
  })
})

describe('/beta/webhook_events/list', () => {
  test('pages through the webhooks of the last week, with how they fared', async () => {
    await using receiver = await startReceiver((response, { body }) => {
      response.writeHead(body.webhook_code === 'LOGIN_REPAIRED' ? 500 : 200).end()
    })
    await using bench = await startEmulator()
    const item = await itemWith(bench, receiver.url, ['identity'])
    const fire = async (webhook_code: string) => {
      await bench.post('/sandbox/item/fire_webhook', { ...tokenOf(item), webhook_code })
      await bench.advance('1h')
    }
    for (const code of ['NEW_ACCOUNTS_AVAILABLE', 'LOGIN_REPAIRED', 'PENDING_DISCONNECT']) {
      await fire(code)
    }
    const first = await events(bench, { count: 2 })
    expect(first.has_more).toBe(true)
    expect(first.webhook_events[0]).toEqual({
      webhook_message_id: expect.stringMatching(/.{20,}/),
      webhook_type: 'ITEM',
      webhook_code: 'NEW_ACCOUNTS_AVAILABLE',
      item_id: item.itemId,
      sent_time: '2026-03-15T12:00:00Z',
      payload: receiver.received[0]?.body,
      destination_url: receiver.url,
      delivery_status: 'DELIVERED',
      last_http_status_code: 200,
      attempt_count: 1,
      last_attempt_time: '2026-03-15T12:00:00Z',
    })
    expect(first.webhook_events[1]).toMatchObject({
      delivery_status: 'PENDING',
      last_http_status_code: 500,
      attempt_count: 5,
      last_attempt_time: '2026-03-15T13:42:30Z',
    })
    const second = await events(bench, { count: 2, cursor: first.next_cursor })
    expect([second.has_more, second.webhook_events.length]).toEqual([false, 1])
    const third = await events(bench, { cursor: second.next_cursor })
    expect(third).toMatchObject({ has_more: false, webhook_events: [] })
    await fire('USER_ACCOUNT_REVOKED')
    const fourth = await events(bench, { cursor: third.next_cursor })
    expect(fourth.webhook_events.map((each) => each.webhook_code)).toEqual(['USER_ACCOUNT_REVOKED'])
    await bench.advance('8d')
    expect((await events(bench)).webhook_events).toEqual([])
    const expired = await bench.post('/beta/webhook_events/list', { cursor: fourth.next_cursor })
    expect([expired.status, expired.body['error_code']]).toEqual([
      400,
      'WEBHOOK_EVENTS_CURSOR_EXPIRED',
    ])
  })

  test('filters, and refuses what it cannot do', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const item = await itemWith(bench, receiver.url)
    const other = await itemWith(bench, receiver.url, ['identity'])
    await bench.advance('1h')
    await bench.command({ reset_login: other.itemId })
    const codes = async (query: object) =>
      (await events(bench, query)).webhook_events.map((each) => each.webhook_code)
    const both = ['INITIAL_UPDATE', 'HISTORICAL_UPDATE']
    expect(await codes({ item_ids: [item.itemId] })).toEqual(both)
    expect(await codes({ webhook_types: ['TRANSACTIONS', 'AUTH'] })).toEqual(both)
    expect(await codes({ webhook_codes: ['ERROR'], item_ids: [item.itemId] })).toEqual([])
    expect(await codes({ webhook_codes: ['ERROR'] })).toEqual(['ERROR'])
    expect(await codes({ delivery_statuses: ['FAILED', 'PENDING'] })).toEqual([])
    expect(await codes({ start_time: '2026-03-15T12:30:00Z' })).toEqual(['ERROR'])
    expect(await codes({ start_time: null, count: null })).toEqual([...both, 'ERROR'])
    const cursor = (await events(bench)).next_cursor
    const refusals: [object, string][] = [
      [{ cursor, start_time: '2026-03-15T12:30:00Z' }, 'INVALID_FIELD'],
      [{ cursor: 'x' }, 'INVALID_FIELD'],
      [{ start_time: 'yesterday' }, 'INVALID_FIELD'],
      [{ start_time: '2026-03-01T00:00:00Z' }, 'WEBHOOK_EVENTS_START_TIME_OUT_OF_RANGE'],
      [{ count: 101 }, 'INVALID_FIELD'],
      [{ delivery_statuses: ['LOST'] }, 'INVALID_FIELD'],
    ]
    for (const [query, code] of refusals) {
      const answer = await bench.post('/beta/webhook_events/list', query)
      expect([answer.status, answer.body['error_code']], JSON.stringify(query)).toEqual([400, code])
    }
  })
})
