// Plaid's quickstart and its webhook tutorial, by the calls that their published servers make, in
// the order in which their pages make them. They ask for products that are not modelled here:
// those are taken, shown by the Item, and refused where they are used.
import {
  Configuration,
  type CountryCode,
  PlaidApi,
  Products,
  type RemovedTransaction,
  type Transaction,
} from 'plaid'
import { describe, expect, test } from 'vitest'
import { isModelled } from '../src/products/product.ts'
import { isOtherProduct } from '../src/products/other-products.ts'
import { startReceiver, verify } from './support/receiver.ts'
import { type Bench, PLATYPUS, startEmulator } from './support/emulator.ts'

/** The environment's PLAID_PRODUCTS, as its example file has it. */
const PLAID_PRODUCTS = 'auth,transactions,signal'.split(',') as Products[]
const PLAID_COUNTRY_CODES = ['US'] as CountryCode[]

function clientOf(bench: Bench): PlaidApi {
  const headers = {
    'PLAID-CLIENT-ID': 'client',
    'PLAID-SECRET': 'secret',
    'Plaid-Version': '2020-09-14',
  }
  return new PlaidApi(new Configuration({ basePath: bench.url(), baseOptions: { headers } }))
}

const LINK = {
  user: { client_user_id: 'user-id' },
  client_name: 'Plaid Quickstart',
  products: PLAID_PRODUCTS,
  country_codes: PLAID_COUNTRY_CODES,
  language: 'en',
}

/** What a person does in Link. */
async function consent(plaid: PlaidApi, more: object = {}): Promise<string> {
  const { data } = await plaid.linkTokenCreate({ ...LINK, ...more, hosted_link: {} })
  const login = { institution_id: PLATYPUS, username: 'user_good', password: 'pass_good' }
  const body = new URLSearchParams({ ...login, action: 'consent' })
  expect((await fetch(data.hosted_link_url ?? '', { method: 'POST', body })).status).toBe(200)
  const { link_sessions } = (await plaid.linkTokenGet({ link_token: data.link_token })).data
  return link_sessions?.[0]?.results?.item_add_results[0]?.public_token ?? ''
}

describe('Plaid’s quickstart', () => {
  test('starts with the products of its example, and makes its calls', async () => {
    await using bench = await startEmulator()
    const plaid = clientOf(bench)
    expect((await plaid.linkTokenCreate(LINK)).data.link_token).toMatch(/^link-sandbox-/)
    const public_token = await consent(plaid)
    const { access_token } = (await plaid.itemPublicTokenExchange({ public_token })).data

    expect((await plaid.authGet({ access_token })).data.numbers.ach.length).toBeGreaterThan(0)
    const rows = { added: [] as Transaction[], removed: [] as RemovedTransaction[] }
    let cursor = ''
    for (let more = true; more;) {
      const { data } = await plaid.transactionsSync({ access_token, cursor })
      cursor = data.next_cursor
      rows.added.push(...data.added)
      rows.removed.push(...data.removed)
      more = data.has_more
    }
    expect(rows.added.length).toBeGreaterThan(100)
    expect(rows.removed).toEqual([])
    const balances = (await plaid.accountsBalanceGet({ access_token })).data.accounts
    const { accounts } = (await plaid.accountsGet({ access_token })).data
    expect(balances.length).toBe(accounts.length)

    const { item } = (await plaid.itemGet({ access_token })).data
    expect([item.billed_products, item.products, item.consented_products]).toEqual([
      expect.arrayContaining(PLAID_PRODUCTS),
      expect.arrayContaining(PLAID_PRODUCTS),
      expect.arrayContaining(PLAID_PRODUCTS),
    ])
    const { data } = await plaid.institutionsGetById({
      institution_id: item.institution_id ?? '',
      country_codes: PLAID_COUNTRY_CODES,
    })
    expect(data.institution.name).toBe('First Platypus Bank')

    const refused = plaid.signalEvaluate({
      access_token,
      account_id: accounts[0]?.account_id ?? '',
      client_transaction_id: 'txn1234',
      amount: 100,
    })
    await expect(refused).rejects.toMatchObject({ response: { status: 400, data: SIGNAL } })
  })

  test('whose optional and consented products are taken the same', async () => {
    await using bench = await startEmulator()
    const plaid = clientOf(bench)
    const { data } = await plaid.itemPublicTokenExchange({
      public_token: await consent(plaid, {
        products: ['transactions'],
        optional_products: ['signal', 'assets'],
        additional_consented_products: ['statements'],
      }),
    })
    const { item } = (await plaid.itemGet({ access_token: data.access_token })).data
    expect(item.products).toEqual(['transactions', 'signal', 'assets'])
    expect(item.consented_products).toEqual(expect.arrayContaining(['signal', 'statements']))
  })
})

const SIGNAL = {
  error_type: 'INVALID_INPUT',
  error_code: 'UNAUTHORIZED_ROUTE_ACCESS',
  error_message: expect.stringContaining('/signal/evaluate is an endpoint of Plaid that') as string,
}

test('Plaid’s webhook tutorial is told of what it fires', async () => {
  await using receiver = await startReceiver()
  await using bench = await startEmulator()
  const plaid = clientOf(bench)
  const products = ['transactions', 'income'] as Products[]
  const public_token = await consent(plaid, { products, webhook: receiver.url })
  const { access_token } = (await plaid.itemPublicTokenExchange({ public_token })).data
  await plaid.transactionsSync({ access_token })
  await plaid.sandboxItemFireWebhook({ access_token, webhook_code: 'DEFAULT_UPDATE' as never })
  await plaid.sandboxItemResetLogin({ access_token })
  const other = `${receiver.origin}/elsewhere`
  await plaid.itemWebhookUpdate({ access_token, webhook: other })
  const codes = ['DEFAULT_UPDATE', 'ERROR', 'WEBHOOK_UPDATE_ACKNOWLEDGED']
  await expect.poll(() => receiver.codes()).toEqual(expect.arrayContaining(codes))
  for (const one of receiver.received) await verify(bench, one)
  expect(receiver.received.find(({ path }) => path === '/elsewhere')?.body).toMatchObject({
    new_webhook_url: other,
  })
  const ready = plaid.sandboxItemFireWebhook({
    access_token,
    webhook_code: 'PRODUCT_READY' as never,
  })
  const data = { error_code: 'SANDBOX_PRODUCT_NOT_ENABLED' }
  await expect(ready).rejects.toMatchObject({ response: { data } })
})

describe('products that are not modelled', () => {
  test('are all the others of Plaid’s own list', () => {
    const neither = Object.values(Products).filter(
      (name) => isModelled(name) === isOtherProduct(name),
    )
    expect(neither).toEqual([])
  })

  test('are refused at once where the emulator is told to; what is no product always is', async () => {
    await using open = await startEmulator()
    await using strict = await startEmulator({ otherProducts: 'refused' })
    const link = async (bench: Bench, more: object) => {
      const { status, body } = await bench.post('/link/token/create', { ...LINK, ...more })
      return [status, body['error_code']]
    }
    expect(await link(open, {})).toEqual([200, undefined])
    expect(await link(strict, {})).toEqual([400, 'INVALID_PRODUCT'])
    expect(await link(open, { products: ['auth', 'frobnication'] })).toEqual([
      400,
      'INVALID_PRODUCT',
    ])
    const create = async (bench: Bench) => {
      const wanted = { institution_id: PLATYPUS, initial_products: ['transactions', 'assets'] }
      const { status, body } = await bench.post('/sandbox/public_token/create', wanted)
      return [status, body['error_code']]
    }
    expect(await create(open)).toEqual([200, undefined])
    expect(await create(strict)).toEqual([400, 'PRODUCTS_NOT_SUPPORTED'])
    const wished = { products: ['transactions'], optional_products: ['signal'] } as object
    const plaid = clientOf(strict)
    const public_token = await consent(plaid, wished)
    const { access_token } = (await plaid.itemPublicTokenExchange({ public_token })).data
    const { item } = (await plaid.itemGet({ access_token })).data
    expect([item.products, item.consented_products?.includes(Products.Signal)]).toEqual([
      ['transactions'],
      false,
    ])
  })
})
