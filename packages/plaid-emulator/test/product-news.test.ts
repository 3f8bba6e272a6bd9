// What an application is told of investments, liabilities and recurring streams.
import { describe, expect, test } from 'vitest'
import { type Received, startReceiver, verify } from './support/receiver.ts'
import { GINGHAM, startEmulator, TATTERSALL } from './support/emulator.ts'

const of = (received: Received[], type: string, code = 'DEFAULT_UPDATE') =>
  received
    .map(({ body }) => body)
    .filter((body) => body.webhook_type === type && body.webhook_code === code)

describe('an application is told', () => {
  test('of investments after a refresh: as many rows as came', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const { accessToken } = await bench.link(TATTERSALL, { webhook: receiver.url }, ['investments'])
    const ask = async () => {
      const { body } = await bench.post('/investments/transactions/get', {
        access_token: accessToken,
        start_date: '2026-01-01',
        end_date: '2027-01-01',
      })
      return Number(body['total_investment_transactions'])
    }
    const before = await ask()
    // the household invests at the middle of the month, after this look and before the bank's next
    await bench.advance('30h')
    const { received } = receiver
    const told = () =>
      of(received, 'INVESTMENTS_TRANSACTIONS')
        .map((body) => Number(body['new_investments_transactions']))
        .reduce((sum, count) => sum + count, 0)
    await bench.post('/investments/refresh', { access_token: accessToken })
    await expect.poll(told).toBe((await ask()) - before)
    expect(told()).toBeGreaterThan(0)
    const [holdings] = of(received, 'HOLDINGS')
    expect(holdings).toMatchObject({ error: null, new_holdings: expect.any(Number) as number })
    expect(
      Number(holdings?.['new_holdings']) + Number(holdings?.['updated_holdings']),
    ).toBeGreaterThan(0)
    await verify(bench, received.at(-1) as Received)
  })

  test('of investments without being asked, as days pass', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    await bench.link(TATTERSALL, { webhook: receiver.url }, ['investments'])
    await bench.advance('20d')
    const holdings = of(receiver.received, 'HOLDINGS')
    // prices move on trading days only
    expect(holdings.length).toBeGreaterThan(10)
    expect(holdings.length).toBeLessThan(25)
    expect(of(receiver.received, 'INVESTMENTS_TRANSACTIONS').length).toBeGreaterThan(0)
  })

  test('when an extraction that it does not wait for is there', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator({ readiness: 'plaid' })
    const { accessToken } = await bench.link(TATTERSALL, { webhook: receiver.url }, ['auth'])
    await bench.post('/investments/transactions/get', {
      access_token: accessToken,
      start_date: '2024-01-01',
      end_date: '2026-12-31',
      options: { async_update: true },
    })
    expect(of(receiver.received, 'INVESTMENTS_TRANSACTIONS', 'HISTORICAL_UPDATE')).toEqual([])
    await bench.advance('2m')
    const [told] = of(receiver.received, 'INVESTMENTS_TRANSACTIONS', 'HISTORICAL_UPDATE')
    expect(Number(told?.['new_investments_transactions'])).toBeGreaterThan(100)
  })

  test('of liabilities and streams: the accounts of which something changed', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const products = ['transactions', 'liabilities']
    const { accessToken: access_token } = await bench.link(
      GINGHAM,
      { webhook: receiver.url },
      products,
    )
    const ids = async () => {
      const { body } = await bench.post<{ accounts: { account_id: string; subtype: string }[] }>(
        '/accounts/get',
        { access_token },
      )
      return new Map(body.accounts.map(({ account_id, subtype }) => [subtype, account_id]))
    }
    const known = await ids()
    await bench.post('/transactions/recurring/get', { access_token })
    await bench.advance('8d')
    const card = known.get('credit card') ?? ''
    const fields = of(receiver.received, 'LIABILITIES').flatMap((body) => {
      const all = body['account_ids_with_updated_liabilities'] as Record<string, string[]>
      return all[card] ?? []
    })
    expect(fields).toContain('last_statement_issue_date')
    expect(fields).toContain('next_payment_due_date')
    const streams = of(receiver.received, 'TRANSACTIONS', 'RECURRING_TRANSACTIONS_UPDATE')
    const accounts = new Set(streams.flatMap((body) => body['account_ids'] as string[]))
    expect([...accounts]).toContain(known.get('checking'))
  })
})
