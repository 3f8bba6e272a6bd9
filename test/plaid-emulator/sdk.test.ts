// Plaid's own client, unmodified, believes the emulator.
import { Configuration, CountryCode, PlaidApi, Products } from 'plaid'
import { expect, test } from 'vitest'
import { PLATYPUS, startEmulator } from './support.ts'

test('Plaid’s SDK drives the life of an Item', async () => {
  await using bench = await startEmulator()
  const headers = { 'PLAID-CLIENT-ID': 'client', 'PLAID-SECRET': 'secret' }
  const plaid = new PlaidApi(
    new Configuration({ basePath: bench.url(), baseOptions: { headers, timeout: 10_000 } }),
  )
  const link = await plaid.linkTokenCreate({
    client_name: 'SDK',
    language: 'en',
    country_codes: [CountryCode.Us],
    user: { client_user_id: 'user' },
    products: [Products.Transactions],
    hosted_link: {},
  })
  expect((await plaid.linkTokenGet({ link_token: link.data.link_token })).status).toBe(200)
  const bank = await plaid.institutionsGetById({
    institution_id: PLATYPUS,
    country_codes: [CountryCode.Us],
    options: { include_optional_metadata: true },
  })
  expect(bank.data.institution.name).toBe('First Platypus Bank')
  const created = await plaid.sandboxPublicTokenCreate({
    institution_id: PLATYPUS,
    initial_products: [Products.Transactions],
  })
  const { public_token } = created.data
  const { access_token } = (await plaid.itemPublicTokenExchange({ public_token })).data
  const accounts = (await plaid.accountsGet({ access_token })).data
  expect(accounts.accounts.length).toBe(3)
  const { data } = await plaid.transactionsSync({ access_token, count: 500 })
  expect(data.added.length).toBeGreaterThan(100)
  expect((await plaid.itemGet({ access_token })).data.item.institution_id).toBe(PLATYPUS)
  await plaid.transactionsRefresh({ access_token })
  await plaid.sandboxItemResetLogin({ access_token })
  const refused = plaid.transactionsSync({ access_token, cursor: data.next_cursor })
  await expect(refused).rejects.toMatchObject({
    response: { data: { error_code: 'ITEM_LOGIN_REQUIRED' } },
  })
  await plaid.itemRemove({ access_token })
})
