// A bank that names ids which another Item has is wrong: they stay that one's, and it is told.
import { expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { many, sql } from '../../src/postgres/query.ts'
import { testDatabase } from '../support/database.ts'
import { Teller } from '../support/household.ts'
import { type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal

test('of its transactions and accounts nothing is changed and nothing taken', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank)
  const { pool } = api.context
  const [mine, other] = [bank.item('mine'), bank.item('other')]
  for (const item of [mine, other]) {
    new Teller(item).add()
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
  }
  const rows = () =>
    many<{ transaction_id: string; amount: string }>(
      pool,
      sql`select * from plaid.transaction order by transaction_id`,
    )
  const accounts = () => many(pool, sql`select * from plaid.account order by account_id`)
  const before = [await rows(), await accounts()]
  other.tellsAll = true
  other.accounts.push(...mine.accounts)
  const named = [...mine.living.values()]
  const removals = named.map(({ transaction_id: id }) => ({ kind: 'remove', id }) as const)
  const changes = named.map(
    (transaction) => ({ kind: 'put', transaction: { ...transaction, amount: 1e6 } }) as const,
  )
  for (const told of [removals, changes]) {
    other.log.push(...told)
    const counts = await pullItem(api.context, other.itemId, 'incremental', never)
    expect(counts).toMatchObject({ added: 0, modified: 0, removed: 0 })
  }
  expect([await rows(), await accounts()]).toEqual(before)
  const living = [mine, other].flatMap((item) => [...item.living.values()])
  const said = living.map(({ transaction_id: id, amount }) => [id, amount] as const)
  const held = (await rows()).map((row) => [row.transaction_id, Number(row.amount)] as const)
  expect(new Map(held)).toEqual(new Map(said))
  const misfits = await many(
    pool,
    sql`select item_id, stream, records::int from plaid.item_misfit
        where reason = 'of_another_item' order by stream`,
  )
  expect(misfits).toEqual([
    { item_id: other.itemId, stream: 'accounts', records: mine.accounts.length },
    { item_id: other.itemId, stream: 'transactions', records: named.length },
  ])
})

test('nor is a row of its products', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank, { products: ['liabilities'] })
  const { pool } = api.context
  const [mine, other] = [bank.item('mine'), bank.item('other')]
  const owed = (item: BankItem, last_statement_balance: number) => ({
    account_id: item.accounts[0],
    last_statement_balance,
  })
  const says = new Map([
    [mine, [owed(mine, 1)]],
    [other, [owed(mine, 1e6), owed(other, 2)]],
  ])
  for (const [item, credit] of says) {
    await link(api, item, item.itemId)
    const body = { request_id: 'r', liabilities: { credit } }
    item.lie = (path) => (path === '/liabilities/get' ? { status: 200, body } : undefined)
  }
  for (const item of [mine, other, mine, other]) {
    await pullItem(api.context, item.itemId, 'incremental', never)
  }
  const rows = await many(
    pool,
    sql`select item_id, account_id, ('{' || body)::json ->> 'last_statement_balance' as owed
        from plaid.stream_row where stream = 'liabilities_credit' and deleted_at is null
        order by owed`,
  )
  expect(rows).toEqual([
    { item_id: mine.itemId, account_id: mine.accounts[0], owed: '1' },
    { item_id: other.itemId, account_id: other.accounts[0], owed: '2' },
  ])
  const misfits = await many(
    pool,
    sql`select item_id, stream, field, records::int from plaid.item_misfit
        where reason = 'of_another_item'`,
  )
  const of = { stream: 'liabilities_credit', field: 'account_id', records: 1 }
  expect(misfits).toEqual([{ item_id: other.itemId, ...of }])
})
