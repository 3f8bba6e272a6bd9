// What is pulled beside transactions: every product's rows are the bank's answer, none holds
// another back (L7), and a pull that ends in the middle takes nothing for gone (L1).
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalog } from '../../src/catalog/catalog.ts'
import { products, type StreamProduct } from '../../src/catalog/stream.ts'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { verifyItem } from '../../src/plaid-api/ingest/verify.ts'
import { exec, one, sql } from '../../src/postgres/query.ts'
import { unseal } from '../../src/std/secrets.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { LinkedWorld } from '../support/linked-world.ts'
import { type BankAnswer, type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, testKey, testPlaidApi } from '../support/plaid-api.ts'

type Row = Record<string, unknown>

const never = new AbortController().signal
const all: StreamProduct[] = [...products]

async function rowsOf(caller: Caller, stream: string, query = ''): Promise<Row[]> {
  const { body, status } = await caller.call(`/${stream}?limit=5000${query}`)
  expect(status).toBe(200)
  return (body as Record<string, Row[]>)[stream] ?? []
}

interface ProductTold {
  product: string
  unavailable: string | null
  error_code: string | null
}

async function told(caller: Caller, item: string): Promise<ProductTold[]> {
  const { body } = await caller.call<{ products: ProductTold[] }>(`/items/${item}`)
  return body.products
}

const texts = (rows: Row[], field: string) => rows.map((row) => String(row[field])).toSorted(byText)
const byText = (a: string, b: string) => (a < b ? -1 : 1)

describe('of emulated banks', () => {
  let world: LinkedWorld
  const items: string[] = []

  beforeAll(async () => {
    world = await LinkedWorld.make({ products: all, countryCodes: ['US', 'CA', 'GB'] })
    for (const bank of ['ins_109508', 'ins_109509', 'ins_109510']) {
      items.push(await world.sandbox(bank))
    }
    for (const item of items) await world.pull(item)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  async function bank(item: string, path: string, more: object = {}): Promise<Row> {
    const { access_token: sealed } = await one<{ access_token: string }>(
      world.api.context.pool,
      sql`select access_token from plaid.item where item_id = ${item}`,
    )
    const access_token = unseal(testKey, item, sealed).reveal()
    const answer = await fetch(world.plaid.url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'plaid-client-id': 'client',
        'plaid-secret': 'plaid-secret',
      },
      body: JSON.stringify({ access_token, ...more }),
    })
    return (await answer.json()) as Row
  }

  const lists: [string, string, string, (answer: Row) => unknown][] = [
    [
      'liabilities_credit',
      '/liabilities/get',
      'account_id',
      (a) => (a['liabilities'] as Row)?.['credit'],
    ],
    [
      'liabilities_mortgage',
      '/liabilities/get',
      'account_id',
      (a) => (a['liabilities'] as Row)?.['mortgage'],
    ],
    [
      'liabilities_student',
      '/liabilities/get',
      'account_id',
      (a) => (a['liabilities'] as Row)?.['student'],
    ],
    ['investment_holdings', '/investments/holdings/get', 'security_id', (a) => a['holdings']],
    [
      'recurring_streams',
      '/transactions/recurring/get',
      'stream_id',
      (a) => [
        ...((a['inflow_streams'] as Row[]) ?? []),
        ...((a['outflow_streams'] as Row[]) ?? []),
      ],
    ],
  ]

  test.each(lists)('%s has what %s answers, value for value', async (stream, path, key, of) => {
    let rows = 0
    for (const item of items) {
      const said = (of(await bank(item, path)) ?? []) as Row[]
      const there = await rowsOf(world.caller, stream, `&item_id=${item}`)
      expect(texts(there, key)).toEqual(texts(said, key))
      rows += said.length
      for (const one of said) {
        const row = there.find(
          (it) => it[key] === one[key] && it['account_id'] === one['account_id'],
        )
        for (const [field, value] of Object.entries(one)) {
          if (['average_amount', 'last_amount', 'category'].includes(field)) continue
          const kept = field in row! ? row![field] : (row!['extra'] as Row)[field]
          expect(kept, `${stream}.${field}`).toEqual(value)
        }
      }
    }
    expect(rows).toBeGreaterThan(0)
  })

  test('investment transactions are the bank’s, and every security that is named is there', async () => {
    const item = items[2]!
    const window = { start_date: '2020-01-01', end_date: '2030-01-01', options: { count: 500 } }
    const said = await bank(item, '/investments/transactions/get', window)
    const there = await rowsOf(world.caller, 'investment_transactions', `&item_id=${item}`)
    const ids = texts(said['investment_transactions'] as Row[], 'investment_transaction_id')
    expect(ids.length).toBeGreaterThan(0)
    expect(texts(there, 'investment_transaction_id')).toEqual(ids)
    const known = new Set(texts(await rowsOf(world.caller, 'securities'), 'security_id'))
    const holdings = await rowsOf(world.caller, 'investment_holdings')
    for (const row of [...there, ...holdings]) {
      if (row['security_id'] !== null) expect(known).toContain(row['security_id'])
    }
  })

  test('a verification compares each stream of an Item with the bank, and finds what differs', async () => {
    const { pool } = world.api.context
    const compared = catalog
      .filter(({ name, notAtBank }) => notAtBank === undefined && name !== 'transactions')
      .map(({ name }) => name)
    const verify = async (item: string) => {
      const found = await verifyItem(world.api.context, item, never)
      const of = new Map(found.streams?.map((one) => [one.stream, one]))
      expect([...of.keys()].toSorted(byText)).toEqual(compared.toSorted(byText))
      return { found, of }
    }
    const rows = new Map<string, number>()
    for (const item of items) {
      const { found, of } = await verify(item)
      expect(found.status).toBe('equal')
      for (const { stream, compared: n, total, left_out: why } of of.values()) {
        expect(total).toBe(0)
        if (why !== null) expect(why).toMatch(/^not available: PRODUCTS_NOT_SUPPORTED/)
        rows.set(stream, (rows.get(stream) ?? 0) + n)
      }
    }
    for (const name of compared.filter((one) => one !== 'items')) {
      const there = (await rowsOf(world.caller, name)).length
      expect(there, name).toBeGreaterThan(0)
      // Two Items may have one security.
      if (name === 'securities') expect(rows.get(name)).toBeGreaterThanOrEqual(there)
      else expect(rows.get(name), name).toBe(there)
    }

    // What a pull mends is found by none: a store that keeps something else than it is given.
    const [, , item = ''] = items
    await exec(
      pool,
      sql`create function plaid.spoil() returns trigger language plpgsql as
          'begin new.body := new.body || '' ''; return new; end'`,
    )
    await exec(
      pool,
      sql`create trigger spoil before insert or update on plaid.stream_row for each row
          when (new.stream = 'investment_holdings') execute function plaid.spoil()`,
    )
    await exec(pool, sql`update plaid.stream_row set ids = ids where item_id = ${item}`)
    const spoiled = await verify(item)
    await exec(pool, sql`drop trigger spoil on plaid.stream_row`)
    expect(spoiled.found).toMatchObject({ status: 'different', total: 0 })
    const holdings = spoiled.of.get('investment_holdings')
    expect(holdings).toMatchObject({ total: holdings?.compared, missing: [], extra: [] })
    expect(spoiled.of.get('investment_transactions')).toMatchObject({ total: 0 })

    const fault = { endpoint: '/investments/holdings/get', error_code: 'INTERNAL_SERVER_ERROR' }
    await world.plaid.command({ fault: { ...fault, times: 2 } }) // the pull's, and the reading's
    const unread = await verify(item)
    expect(unread.found).toMatchObject({
      status: 'unreadable',
      error: { code: 'INTERNAL_SERVER_ERROR' },
    })
    expect(unread.of.get('securities')?.left_out).toMatch(/^INTERNAL_SERVER_ERROR/)
    expect(unread.of.get('accounts')).toMatchObject({ left_out: null, total: 0 })
    expect((await verify(item)).found.status).toBe('equal')
  })

  test('every account has its owners', async () => {
    const accounts = texts(await rowsOf(world.caller, 'accounts'), 'account_id')
    const owners = await rowsOf(world.caller, 'identity_owners')
    expect([...new Set(texts(owners, 'account_id'))]).toEqual(accounts)
    expect(owners[0]?.['names']).toEqual([expect.any(String)])
  })

  test('a product that an Item has not is not available, with why, and no failure (L7)', async () => {
    const british = await world.sandbox('ins_117650')
    await world.pull(british)
    expect((await world.item(british)).status).toBe('healthy')
    const of = (await told(world.caller, british)).filter(({ unavailable }) => unavailable !== null)
    expect(of.map(({ product }) => product)).toEqual(['investments', 'liabilities'])
    for (const { unavailable, error_code } of of) {
      expect(unavailable).toMatch(/^PRODUCTS_NOT_SUPPORTED: /)
      expect(error_code).toBeNull()
    }
  })

  test('an erased Item’s rows of every product go; securities stay', async () => {
    const item = items[2]!
    const before = await rowsOf(world.caller, 'securities')
    await world.post(`/items/${item}/erase`, undefined, 204)
    for (const stream of ['investment_holdings', 'investment_transactions', 'identity_owners']) {
      expect(await rowsOf(world.caller, stream, `&item_id=${item}`)).toEqual([])
    }
    expect(await rowsOf(world.caller, 'securities')).toEqual(before)
  })
})

/** A bank whose answers the test says. */
class Answers {
  holdings: Row[] = []
  trades: Row[] = []
  credit: Row[] | null = []
  refuses = new Map<string, string>()

  attach(item: BankItem): void {
    const products = ['transactions', 'investments', 'liabilities']
    const accounts = [{ account_id: item.accounts[0], name: 'n', type: 'investment', balances: {} }]
    const told = { item_id: item.itemId, billed_products: products, available_products: [] }
    item.lie = (path): BankAnswer | undefined => {
      const code = this.refuses.get(path)
      if (code !== undefined) {
        return { status: 400, body: { error_code: code, error_type: 'ITEM_ERROR' } }
      }
      const body = (more: object) => ({ status: 200, body: { request_id: 'r', ...more } })
      if (path === '/accounts/get') return body({ accounts, item: told })
      const named = [...this.holdings, ...this.trades].map((row) => row['security_id'])
      const securities = [...new Set(named)].map((security_id) => ({ security_id, name: 's' }))
      if (path === '/investments/holdings/get') return body({ holdings: this.holdings, securities })
      if (path === '/liabilities/get') return body({ liabilities: { credit: this.credit } })
      if (path !== '/investments/transactions/get') return undefined
      const [page, total] = [this.trades, this.trades.length]
      return body({
        investment_transactions: page,
        securities,
        total_investment_transactions: total,
      })
    }
  }
}

const id = fc.constantFrom('a', 'b', 'c')
const holdings = fc.array(
  fc.record({ security_id: id, quantity: fc.integer({ min: 0, max: 3 }) }),
  {
    maxLength: 5,
  },
)
const steps = fc.array(
  fc.record({
    holdings,
    trades: fc.uniqueArray(id),
    owed: fc.option(fc.integer({ min: 0, max: 2 })),
    refused: fc.constantFrom('', '', '', 'INTERNAL_SERVER_ERROR', 'PRODUCTS_NOT_SUPPORTED'),
    crash: fc.constantFrom('', '', 'publish investment_holdings', 'liabilities'),
  }),
  { minLength: 1, maxLength: 6 },
)

test('whatever a bank says, refuses or is cut off at: no row is lost, and no ghost stays', async () => {
  let crash = ''
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank, {
    products: ['investments', 'liabilities'],
    onStep: async (step) => {
      if (step === crash) throw new Error('crash')
    },
  })
  const caller = await serve(api, { judged: false })
  let run = 0
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      const item = bank.item(`p${run++}`)
      await link(api, item, `owner-${run}`)
      const answers = new Answers()
      answers.attach(item)
      const own = (more: object): Row => ({ account_id: item.accounts[0], fresh_field: 1, ...more })
      let held: Row[] = []
      for (const step of given) {
        crash = step.crash
        answers.holdings = step.holdings.map(own)
        answers.trades = step.trades.map((trade) =>
          own({ investment_transaction_id: `${item.itemId}-${trade}`, date: '2026-01-02' }),
        )
        answers.credit = step.owed === null ? null : [own({ last_statement_balance: step.owed })]
        answers.refuses.set('/investments/holdings/get', step.refused)
        if (step.refused === '') answers.refuses.clear()
        await pullItem(api.context, item.itemId, 'incremental', never).catch(() => {})
        const pull = await rowsOf(caller, 'investment_holdings', `&item_id=${item.itemId}`)
        const isCut = step.crash !== ''
        if (step.refused !== '' && !isCut) expect(pull).toEqual(held)
        held = pull
        if (isCut || step.refused !== '') continue
        expect(texts(held, 'quantity')).toEqual(texts(answers.holdings, 'quantity'))
        expect(new Set(held.map((row) => JSON.stringify(row['extra'])))).toEqual(
          new Set(held.length === 0 ? [] : ['{"fresh_field":1}']),
        )
        const trades = await rowsOf(caller, 'investment_transactions', `&item_id=${item.itemId}`)
        expect(texts(trades, 'investment_transaction_id')).toEqual(
          texts(answers.trades, 'investment_transaction_id'),
        )
        const debts = await rowsOf(caller, 'liabilities_credit', `&item_id=${item.itemId}`)
        expect(debts.map((row) => row['last_statement_balance'])).toEqual(
          step.owed === null ? [] : [step.owed],
        )
      }
      crash = ''
      answers.refuses.clear()
      await pullItem(api.context, item.itemId, 'incremental', never)
      const last = await rowsOf(caller, 'investment_holdings', `&item_id=${item.itemId}`)
      expect(texts(last, 'quantity')).toEqual(texts(answers.holdings, 'quantity'))
      expect((await told(caller, item.itemId)).map(({ error_code }) => error_code)).toEqual([
        null,
        null,
        null,
        null,
      ])
    }),
    { numRuns: 12 },
  )
})

test('a product that fails is told at the Item, and its rows stay; where there is none they go', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  await using api = await testPlaidApi(db, bank, { products: ['investments', 'liabilities'] })
  const caller = await serve(api)
  const item = bank.item('a')
  await link(api, item)
  const answers = new Answers()
  answers.attach(item)
  answers.credit = [{ account_id: 'account-a' }]
  // What the bank lists twice or without an id holds nothing else back.
  const trade = { investment_transaction_id: 't', date: '2026-01-02' }
  const nameless = { ...trade, investment_transaction_id: null }
  answers.trades = [trade, nameless, { ...trade, name: 'the last' }, nameless]
  const pull = () => pullItem(api.context, item.itemId, 'incremental', never)
  await pull()
  expect(await rowsOf(caller, 'investment_transactions')).toMatchObject([{ name: 'the last' }])
  answers.refuses.set('/liabilities/get', 'INTERNAL_SERVER_ERROR')
  await expect(pull()).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
  expect(await rowsOf(caller, 'liabilities_credit')).toHaveLength(1)
  const of = async () =>
    (await told(caller, item.itemId)).find((it) => it.product === 'liabilities')
  expect(await of()).toMatchObject({ error_code: 'INTERNAL_SERVER_ERROR', unavailable: null })
  answers.refuses.set('/liabilities/get', 'PRODUCT_NOT_READY')
  await pull()
  expect(await of()).toMatchObject({ error_code: 'PRODUCT_NOT_READY' })
  answers.refuses.set('/liabilities/get', 'NO_LIABILITY_ACCOUNTS')
  await pull()
  expect(await rowsOf(caller, 'liabilities_credit')).toEqual([])
  expect(await of()).toMatchObject({
    error_code: null,
    unavailable: expect.stringMatching(/^NO_LIABILITY_ACCOUNTS: /) as string,
  })
  answers.refuses.clear()
  await pull()
  expect(await rowsOf(caller, 'liabilities_credit')).toHaveLength(1)
  expect(await of()).toMatchObject({ error_code: null, unavailable: null })
})
