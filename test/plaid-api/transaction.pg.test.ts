// One transaction from its bank to its place in the feed, and how much there is after a stamp.
import { expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { testDatabase } from '../support/database.ts'
import { serve } from '../support/http.ts'
import { type BankTransaction, ModelBank } from '../support/model-bank.ts'
import { link, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal

interface Held {
  item_status: string
  updated_at: string
  deleted_at: string | null
  pending: boolean | null
  posted_from: { transaction_id: string; updated_at: string; deleted_at: string } | null
  row: string | null
}

test('a transaction is told with its Item, its stamp, and the pending one that became it', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const { call } = await serve(api)
  const item = bank.item('a')
  const pull = () => pullItem(api.context, item.itemId, 'incremental', never)
  const account_id = item.accounts[0] ?? ''
  item.put({ transaction_id: 'p', account_id, amount: 5, name: 'Hotel', pending: true })
  await link(api, item)
  await pull()
  const held = async (id: string) => (await call<Held>(`/transactions/${id}`)).body
  const pending = await held('p')
  expect(pending).toMatchObject({
    institution_name: 'Model Bank',
    item_status: 'healthy',
    pending: true,
    deleted_at: null,
    posted_from: null,
  })
  expect(JSON.parse(pending.row!)).toMatchObject({ name: 'Hotel', updated_at: pending.updated_at })
  const before = (await call<{ feed: { head: string } }>('/stats')).body.feed.head
  item.remove('p')
  const posted = { transaction_id: 'q', account_id, amount: 5, name: 'Hotel', pending: false }
  item.put({ ...posted, pending_transaction_id: 'p' } as BankTransaction)
  await pull()
  const gone = await held('p')
  expect(gone).toMatchObject({ row: null, posted_from: null })
  const now = await held('q')
  expect(now.posted_from).toMatchObject({
    transaction_id: 'p',
    updated_at: gone.updated_at,
    deleted_at: gone.deleted_at,
  })
  expect(gone.updated_at > pending.updated_at).toBe(true)
  expect((await call('/transactions/none')).status).toBe(404)

  const since = async (stamp: string) =>
    (await call<{ changes: object }>(`/stats?since=${stamp}`)).body.changes
  expect(await since(before)).toEqual({ since: before, living: 1, removed: 1, more: false })
  const last = [now.updated_at, gone.updated_at].sort().at(-1)!
  expect(await since(last)).toEqual({ since: last, living: 0, removed: 0, more: false })
  expect((await call<{ changes?: object }>('/stats')).body.changes).toBeUndefined()
  expect((await call('/stats?since=yesterday')).status).toBe(400)
})

test('an account is told alone, to its last digit, and one that is not there is not', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const { call } = await serve(api)
  const item = bank.item('a')
  await link(api, item)
  await pullItem(api.context, item.itemId, 'incremental', never)
  const { accounts } = (await call<{ accounts: { account_id: string }[] }>('/accounts')).body
  const [first] = accounts
  expect((await call(`/accounts/${first?.account_id}`)).body).toEqual(first)
  const unknown = await call<{ error: { code: string } }>('/accounts/nowhere')
  expect([unknown.status, unknown.body.error.code]).toEqual([404, 'ACCOUNT_UNKNOWN'])
})
