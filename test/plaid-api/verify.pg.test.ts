// Verifying a large Item: slice by slice, each going on where the last one was, whatever happened
// between; the Item's pulls are in nobody's way meanwhile.
import { describe, expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { verifyItem } from '../../src/plaid-api/ingest/verify.ts'
import { exec, one, sql } from '../../src/postgres/query.ts'
import { testDatabase } from '../support/database.ts'
import { type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, type TestApi, testPlaidApi } from '../support/plaid-api.ts'
import type { VerifyReport } from '../../src/plaid-api/verify-shapes.ts'

const never = new AbortController().signal

interface World extends AsyncDisposable {
  bank: ModelBank
  api: TestApi
  item: BankItem
  /** Reads a page or two, and pauses. */
  slice(): Promise<VerifyReport>
}

async function world(rows: number, pageMax: number): Promise<World> {
  const stack = new AsyncDisposableStack()
  const db = stack.use(await testDatabase())
  const bank = stack.use(await ModelBank.start())
  const api = stack.use(await testPlaidApi(db, bank))
  const item = bank.item('a')
  bank.pageMax = pageMax
  for (let n = 0; n < rows; n++) put(item, n)
  await link(api, item)
  await pullItem(api.context, item.itemId, 'incremental', never)
  // It is time for the slice to end as soon as the first page is asked for.
  const slice = () => verifyItem(api.context, item.itemId, never, sliceMs)
  return { bank, api, item, slice, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const sliceMs = 150

function put(item: BankItem, n: number): void {
  const row = { account_id: 'account-a', amount: n, name: `n${n}`, pending: false }
  item.put({ transaction_id: `t${n}`, ...row })
}

/** A bank that takes longer than a slice for its second page and every later one. */
function slow(w: World): void {
  let pages = 0
  w.bank.onCall = async (path) => {
    if (path !== '/transactions/sync' || ++pages < 2) return
    await new Promise((resolve) => setTimeout(resolve, sliceMs + 50))
  }
}

async function toTheEnd(w: World): Promise<{ report: VerifyReport; pages: number[] }> {
  const pages: number[] = []
  for (;;) {
    const report = await w.slice()
    if (report.status !== 'reading') return { report, pages }
    pages.push(report.pages ?? 0)
    expect(pages.length).toBeLessThan(100)
  }
}

const staged = (api: TestApi) =>
  one<{ n: number }>(
    api.context.pool,
    sql`select (select count(*)::int from plaid.staged)
               + (select count(*)::int from plaid.loop) as n`,
  )

describe('verify', () => {
  test('goes on where it was, pulls between its slices or not, and ends equal', async () => {
    await using w = await world(40, 5)
    slow(w)
    const first = await w.slice()
    expect(first.status).toBe('reading')
    await pullItem(w.api.context, w.item.itemId, 'incremental', never)
    const { report, pages } = await toTheEnd(w)
    expect(report).toMatchObject({ status: 'equal', accounts: [{ bank: { count: 40 } }] })
    expect(pages).toEqual(pages.toSorted((a, b) => a - b))
    expect(pages.length).toBeGreaterThan(1)
    expect(await staged(w.api)).toEqual({ n: 0 })
  })

  test('begins again where the bank has moved, and finds it equal', async () => {
    await using w = await world(30, 5)
    slow(w)
    while ((await w.slice()).pages === 0);
    put(w.item, 100)
    w.item.remove('t3')
    const { report } = await toTheEnd(w)
    expect(report).toMatchObject({ status: 'equal', accounts: [{ bank: { count: 30 } }] })
  })

  test('does not take for a difference what came after its last page', async () => {
    await using w = await world(10, 5)
    let done = false
    w.item.onPage = () => {
      if (w.item.living.size === 10 && done) put(w.item, 100)
      done = true
    }
    const { report } = await toTheEnd(w)
    expect(report).toMatchObject({ status: 'equal' })
  })

  test('tells differences for what they are, though it paused', async () => {
    await using w = await world(30, 5)
    await exec(w.api.context.pool, sql`delete from plaid.transaction where transaction_id = 't7'`)
    slow(w)
    const { report } = await toTheEnd(w)
    expect(report).toMatchObject({ status: 'different', total: 1, missing: ['t7'] })
    expect(await staged(w.api)).toEqual({ n: 0 })
  })

  test('of a bank that fails on the way goes on from there when it is back', async () => {
    await using w = await world(30, 5)
    let calls = 0
    w.item.lie = (path) =>
      path === '/transactions/sync' && ++calls === 4
        ? { status: 500, body: { error_code: 'INTERNAL_SERVER_ERROR' } }
        : undefined
    const whole = () => verifyItem(w.api.context, w.item.itemId, never)
    expect(await whole()).toMatchObject({ status: 'unreadable' })
    const before = calls
    expect(await whole()).toMatchObject({ status: 'equal' })
    expect(calls - before).toBeLessThan(6) // six pages in all, some of them read before
  })
})
