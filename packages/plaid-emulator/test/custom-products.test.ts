// What a custom user's JSON says beyond rows is what the products show; what it leaves out follows.
import type { AccountBase, AccountIdentity, AuthGetNumbers, Holding, Security } from 'plaid'
import type { InvestmentTransaction, LiabilitiesObject } from 'plaid'
import { describe, expect, test } from 'vitest'
import { createLink, sessionsOf } from './support/link.ts'
import { PLATYPUS, startEmulator } from './support/emulator.ts'

const JANE = {
  names: ['Jane Doe', 'John Doe'],
  phone_numbers: [{ data: '15551234567', primary: true, type: 'mobile' }],
  emails: [{ data: 'jane@example.com', primary: true, type: 'primary' }],
  addresses: [
    {
      data: {
        street: '1 Main St',
        city: 'Omaha',
        region: 'NE',
        postal_code: '68102',
        country: 'US',
      },
      primary: true,
    },
  ],
}

async function ask<T>(path: string, accounts: object[], products: string[], body: object = {}) {
  await using bench = await startEmulator()
  const override_password = JSON.stringify({ override_accounts: accounts })
  const user = { override_username: 'user_custom', override_password }
  const { accessToken: access_token } = await bench.link(PLATYPUS, user, products)
  return (await bench.post<T>(path, { access_token, ...body })).body
}

describe('of a custom user', () => {
  test('the owners are those given, or a person of the seed', async () => {
    const { accounts } = await ask<{ accounts: AccountIdentity[] }>(
      '/identity/get',
      [
        { type: 'depository', subtype: 'checking', identity: JANE },
        { type: 'depository', subtype: 'savings' },
      ],
      ['identity'],
    )
    expect(accounts[0]?.owners).toEqual([JANE])
    expect(accounts[1]?.owners[0]?.names).toEqual([expect.stringMatching(/^\w+ \w+$/)])
  })

  test('the numbers are those given', async () => {
    const numbers = { account: '1111222233334444', ach_routing: '011401533' }
    const international = { international_iban: 'GB29NWBK60161331926819', international_bic: 'X' }
    const { numbers: told } = await ask<{ numbers: AuthGetNumbers }>(
      '/auth/get',
      [
        { type: 'depository', subtype: 'checking', numbers },
        { type: 'depository', subtype: 'savings', numbers: international },
      ],
      ['auth'],
    )
    expect(told.ach[0]).toMatchObject({ account: '1111222233334444', routing: '011401533' })
    expect(told.international).toMatchObject([{ iban: 'GB29NWBK60161331926819', bic: 'X' }])
  })

  test('the liabilities are those given, and agree with what is not', async () => {
    const { liabilities } = await ask<{ liabilities: LiabilitiesObject }>(
      '/liabilities/get',
      [
        {
          type: 'credit',
          subtype: 'credit card',
          starting_balance: 1_000,
          transactions: [],
          liability: { type: 'credit', purchase_apr: 12.9, is_overdue: true },
        },
        {
          type: 'loan',
          subtype: 'student',
          starting_balance: 20_000,
          liability: { type: 'student', nominal_apr: 4.25, principal: 30_000, guarantor: 'ACME' },
        },
      ],
      ['liabilities'],
    )
    const [card] = liabilities.credit ?? []
    expect(card).toMatchObject({ is_overdue: true, last_statement_balance: 1_000 })
    expect(card?.aprs[0]).toMatchObject({ apr_type: 'purchase_apr', apr_percentage: 12.9 })
    expect(liabilities.student?.[0]).toMatchObject({
      interest_rate_percentage: 4.25,
      origination_principal_amount: 30_000,
      guarantor: 'ACME',
      is_overdue: false,
    })
    expect(liabilities.mortgage).toBeNull()
  })

  test('the holdings and their transactions are those given, and make the balance', async () => {
    const security = { ticker_symbol: 'ABC', name: 'Alphabet Soup', currency: 'USD' }
    const option = { ticker_symbol: 'ABC281215C00150000', currency: 'USD' }
    const account = {
      type: 'investment',
      subtype: 'brokerage',
      holdings: [
        { institution_price: 10.5, quantity: 100, cost_basis: 900, currency: 'USD', security },
        { institution_price: 2, quantity: 50, currency: 'USD', security: option },
      ],
      investment_transactions: [
        {
          date: '2026-03-01',
          name: 'Sold some',
          quantity: 4,
          price: 10,
          fees: 1,
          type: 'sell',
          currency: 'USD',
          security,
        },
      ],
    }
    const held = await ask<{
      accounts: AccountBase[]
      holdings: Holding[]
      securities: Security[]
    }>('/investments/holdings/get', [account], ['investments'])
    expect(held.accounts[0]?.balances.current).toBe(1_150)
    expect(held.holdings).toMatchObject([
      { quantity: 100, institution_value: 1_050, cost_basis: 900 },
      { quantity: 50, institution_value: 100, cost_basis: null },
    ])
    expect(held.securities.map(({ ticker_symbol, type }) => [ticker_symbol, type])).toEqual([
      ['ABC', 'equity'],
      ['ABC281215C00150000', 'derivative'],
    ])
    expect(held.securities[1]?.option_contract).toEqual({
      contract_type: 'call',
      expiration_date: '2028-12-15',
      strike_price: 150,
      underlying_security_ticker: 'ABC',
    })
    const range = { start_date: '2026-01-01', end_date: '2026-12-31' }
    const moved = await ask<{ investment_transactions: InvestmentTransaction[] }>(
      '/investments/transactions/get',
      [account],
      ['investments'],
      range,
    )
    expect(moved.investment_transactions).toMatchObject([
      { name: 'Sold some', quantity: -4, amount: -39, fees: 1, type: 'sell' },
    ])
  })

  test('the balance is the one given, whatever the holdings add up to', async () => {
    const security = { ticker_symbol: 'ABC', currency: 'USD' }
    const holding = { institution_price: 140.4, quantity: 12, currency: 'USD', security }
    const account = { type: 'investment', subtype: 'brokerage', holdings: [holding] }
    const path = '/investments/holdings/get'
    const held = await ask<{ accounts: AccountBase[]; holdings: Holding[] }>(
      path,
      [{ ...account, starting_balance: 120 }, account],
      ['investments'],
    )
    expect(held.accounts.map(({ balances }) => balances.current)).toEqual([120, 1684.8])
    expect(held.holdings.map((each) => each.institution_value)).toEqual([1684.8, 1684.8])
  })

  test('amounts keep eight decimals', async () => {
    const bitcoin = { ticker_symbol: 'BTC', currency: 'USD' }
    const held = await ask<{ accounts: AccountBase[]; holdings: Holding[] }>(
      '/investments/holdings/get',
      [
        {
          type: 'investment',
          subtype: 'crypto exchange',
          currency: 'BTC',
          holdings: [
            { institution_price: 1, quantity: 0.00012345, currency: 'BTC', security: bitcoin },
          ],
        },
      ],
      ['investments'],
    )
    expect(held.accounts[0]?.balances.current).toBe(0.00012345)
    expect(held.holdings[0]?.institution_value).toBe(0.00012345)
  })
})

describe('of a person at Link', () => {
  test('only what they agreed to is told', async () => {
    await using bench = await startEmulator()
    const link = await createLink(bench, { additional_consented_products: ['identity'] })
    const form = { institution_id: PLATYPUS, username: 'user_good', password: 'pass_good' }
    await fetch(link.hosted_link_url, { method: 'POST', body: new URLSearchParams(form) })
    const [session] = await sessionsOf(bench, link)
    const [added] = session?.results?.item_add_results ?? []
    const exchanged = await bench.post('/item/public_token/exchange', {
      public_token: added?.public_token,
    })
    const { access_token } = exchanged.body
    const refused = await bench.post('/auth/get', { access_token })
    expect(refused.body).toMatchObject({
      error_code: 'ADDITIONAL_CONSENT_REQUIRED',
      error_message: 'client does not have user consent to access the PRODUCT_AUTH product',
    })
    expect((await bench.post('/identity/get', { access_token })).status).toBe(200)
    expect((await bench.post('/accounts/balance/get', { access_token })).status).toBe(200)
    const { body } = await bench.post<{ item: { consented_products: string[] } }>('/item/get', {
      access_token,
    })
    expect(body.item.consented_products).not.toContain('auth')
    expect(body.item.consented_products).toContain('identity')
  })
})
