// Recurring streams are those that are in the rows.
import type { Transaction, TransactionStream, TransactionsRecurringGetResponse } from 'plaid'
import { describe, expect, test } from 'vitest'
import { streamsIn } from '../src/products/recurring.ts'
import { dateText, dayOfDate } from '../src/world/calendar.ts'
import {
  type Bench,
  GINGHAM,
  type LinkedItem,
  PLATYPUS,
  startEmulator,
} from './support/emulator.ts'

function rowsOn(dates: string[], amount: number | ((i: number) => number), name = 'Some Club') {
  return dates.map((date, i): Transaction => {
    const row = {
      account_id: 'account',
      amount: typeof amount === 'number' ? amount : amount(i),
      date,
      iso_currency_code: 'USD',
      merchant_entity_id: null,
      merchant_name: name,
      name,
      pending: false,
      transaction_id: `${name}/${date}/${i}`,
      unofficial_currency_code: null,
    }
    return row as unknown as Transaction
  })
}

const every = (days: number, count: number, from = '2025-01-03'): string[] =>
  Array.from({ length: count }, (_, i) => dateText(dayOfDate(from) + i * days))
const monthly = (dayOfMonth: string, months: number): string[] =>
  Array.from({ length: months }, (_, i) => `2025-${String(i + 1).padStart(2, '0')}-${dayOfMonth}`)

function only(rows: Transaction[], today: string): TransactionStream {
  const { inflow, outflow } = streamsIn(rows, dayOfDate(today))
  const [stream, ...more] = [...inflow, ...outflow]
  if (stream === undefined || more.length > 0) throw new Error(`not one but ${more.length + 1}`)
  return stream
}

describe('a stream', () => {
  test('has the rhythm of its rows', () => {
    const semi = monthly('01', 6).flatMap((date) => [date, date.replace(/01$/, '16')])
    const cases: [string[], string, string][] = [
      [every(7, 8), 'WEEKLY', '2025-02-28'],
      [every(14, 8), 'BIWEEKLY', '2025-04-25'],
      [semi, 'SEMI_MONTHLY', '2025-07-01'],
      [monthly('28', 6), 'MONTHLY', '2025-07-28'],
      [['2023-05-02', '2024-05-01', '2025-05-01'], 'ANNUALLY', '2026-05-01'],
    ]
    for (const [dates, frequency, next] of cases) {
      const stream = only(rowsOn(dates, 12), dates.at(-1) ?? '')
      expect(stream).toMatchObject({
        frequency,
        first_date: dates[0],
        last_date: dates.at(-1),
        predicted_next_date: next,
        status: 'MATURE',
        is_active: true,
        transaction_ids: rowsOn(dates, 12).map((row) => row.transaction_id),
      })
    }
  })

  test('is early with two rows, and ends when no third comes', () => {
    const rows = rowsOn(monthly('05', 2), 30)
    expect(only(rows, '2025-02-20')).toMatchObject({
      status: 'EARLY_DETECTION',
      is_active: true,
      predicted_next_date: '2025-03-05',
    })
    expect(only(rows, '2025-04-01')).toMatchObject({
      status: 'TOMBSTONED',
      is_active: false,
      predicted_next_date: null,
    })
  })

  test('keeps its id while it grows, and its mean and last amount follow', () => {
    const amount = (i: number): number => 50 + i * 2.01
    const young = only(rowsOn(monthly('11', 4), amount), '2025-04-20')
    const old = only(rowsOn(monthly('11', 9), amount), '2025-09-20')
    expect(old.stream_id).toBe(young.stream_id)
    expect(young.average_amount.amount).toBe(53.02) // (50 + 52.01 + 54.02 + 56.03) / 4, in cents
    expect(old.last_amount.amount).toBe(66.08)
  })

  test('is none where rows come at random, or are pending', () => {
    const random = ['2025-01-02', '2025-01-05', '2025-01-19', '2025-02-02', '2025-03-28']
    expect(streamsIn(rowsOn(random, 9), dayOfDate('2025-04-01'))).toEqual({
      inflow: [],
      outflow: [],
    })
    const pending = rowsOn(every(7, 4), 9).map((row) => ({ ...row, pending: true }))
    expect(streamsIn(pending, dayOfDate('2025-02-01')).outflow).toEqual([])
  })

  test('is none where a shop that is visited at random asks the same twice', () => {
    const visits = [
      ...rowsOn(['2024-04-02', '2024-04-09', '2024-09-30', '2025-03-01'], (i) => 4 + i),
      ...rowsOn(['2024-02-11', '2025-02-10'], 7.5),
      ...rowsOn(['2025-01-20', '2025-02-19'], 3.2),
    ]
    const nothing = { inflow: [], outflow: [] }
    expect(streamsIn(visits, dayOfDate('2025-03-02'))).toEqual(nothing)
  })

  test('is none of two visits to a cash machine, and one of many on the same day', () => {
    const cash = (months: number) =>
      rowsOn(monthly('05', months), 60).map((row) => ({
        ...row,
        personal_finance_category: {
          primary: 'TRANSFER_OUT',
          detailed: 'TRANSFER_OUT_WITHDRAWAL',
        },
      }))
    expect(streamsIn(cash(2), dayOfDate('2025-02-06')).outflow).toEqual([])
    expect(only(cash(5), '2025-05-06').frequency).toBe('MONTHLY')
  })

  test('is two where two amounts come on the same days', () => {
    const rows = [...rowsOn(monthly('16', 6), 300), ...rowsOn(monthly('16', 6), 250)]
    const { outflow } = streamsIn(rows, dayOfDate('2025-06-20'))
    expect(new Set(outflow.map((each) => each.last_amount.amount))).toEqual(new Set([250, 300]))
  })
})

describe('/transactions/recurring/get', () => {
  const ask = async (bench: Bench, { accessToken }: LinkedItem, more: object = {}) =>
    bench.post<TransactionsRecurringGetResponse & { error_code?: string }>(
      '/transactions/recurring/get',
      { access_token: accessToken, ...more },
    )

  test('finds the household’s own bills and incomes, of rows that exist', async () => {
    for (const seed of ['a', 'b']) {
      await using bench = await startEmulator({ seed })
      for (const [bank, wanted] of [
        [PLATYPUS, { 'Meridian Software': 'BIWEEKLY', 'Lantern Streaming': 'MONTHLY' }],
        [GINGHAM, { 'Lakeview School District': 'MONTHLY', Fiberline: 'MONTHLY' }],
      ] as const) {
        const item = await bench.link(bank)
        const { body } = await ask(bench, item)
        const rows = new Map(bench.truth(item).transactions.map((row) => [row.transaction_id, row]))
        const streams = [...body.inflow_streams, ...body.outflow_streams]
        for (const [merchant, frequency] of Object.entries(wanted)) {
          const stream = streams.find(({ merchant_name }) => merchant_name === merchant)
          expect(stream).toMatchObject({ frequency, status: 'MATURE', is_active: true })
        }
        for (const stream of streams) {
          const own = stream.transaction_ids.map((id) => rows.get(id))
          const days = own.map((row) => row?.date ?? '')
          expect(days).toEqual(days.toSorted())
          expect([days[0], days.at(-1)]).toEqual([stream.first_date, stream.last_date])
          expect(own.at(-1)?.amount).toBe(stream.last_amount.amount)
          expect(own.every((row) => row?.account_id === stream.account_id)).toBe(true)
          const cents = own.reduce((sum, row) => sum + Math.round((row?.amount ?? 0) * 100), 0)
          expect(stream.average_amount.amount).toBe(Math.round(cents / own.length) / 100)
        }
        expect(body.inflow_streams.every(({ last_amount }) => (last_amount.amount ?? 0) < 0)).toBe(
          true,
        )
        const ids = streams.flatMap((stream) => stream.transaction_ids)
        expect(new Set(ids).size).toBe(ids.length)
        // shops that are visited at random are no streams
        expect(streams.length).toBeLessThan(30)
        const account_ids = [streams[0]?.account_id]
        const few = await ask(bench, item, { account_ids })
        expect(
          [...few.body.inflow_streams, ...few.body.outflow_streams].every(({ account_id }) =>
            account_ids.includes(account_id),
          ),
        ).toBe(true)
      }
    }
  })

  test('wants transactions first, and their whole history', async () => {
    await using bench = await startEmulator({ readiness: 'plaid' })
    const without = await ask(bench, await bench.link(PLATYPUS, {}, ['auth']))
    expect(without.body.error_code).toBe('PRODUCT_NOT_ENABLED')
    const item = await bench.link(PLATYPUS)
    expect((await ask(bench, item)).body.error_code).toBe('PRODUCT_NOT_READY')
    await bench.advance('2m')
    expect((await ask(bench, item)).body.outflow_streams.length).toBeGreaterThan(3)
  })

  test('of a large Item looks at its newest rows only', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(PLATYPUS, { override_username: 'user_scale_1000000' })
    const begun = process.cpuUsage()
    expect((await ask(bench, item)).status).toBe(200)
    const { user, system } = process.cpuUsage(begun)
    expect((user + system) / 1_000).toBeLessThan(5_000)
  })
})
