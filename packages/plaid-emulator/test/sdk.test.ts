// Plaid's own client, unmodified, believes the emulator: it drives the whole life of an Item, from
// the link to the end, as an application would that follows Plaid's documentation.
import {
  Configuration,
  CountryCode,
  ItemRemoveReasonCode,
  PlaidApi,
  Products,
  type RemovedTransaction,
  SandboxItemFireWebhookRequestWebhookCodeEnum,
  type Transaction,
} from 'plaid'
import { describe, expect, test } from 'vitest'
import { type Receiver, startReceiver, verify } from './support/receiver.ts'
import { type Bench, GINGHAM, PLATYPUS, startEmulator, TATTERSALL } from './support/emulator.ts'

function client(bench: Bench): PlaidApi {
  const headers = { 'PLAID-CLIENT-ID': 'client', 'PLAID-SECRET': 'secret' }
  return new PlaidApi(
    new Configuration({ basePath: bench.url(), baseOptions: { headers, timeout: 10_000 } }),
  )
}

const LINK = {
  client_name: 'SDK',
  language: 'en',
  country_codes: [CountryCode.Us],
  user: { client_user_id: 'user' },
}

/** What a person does on the Hosted Link page, in one form. */
async function consent(url: string): Promise<void> {
  const form = { institution_id: PLATYPUS, username: 'user_good', password: 'pass_good' }
  const body = new URLSearchParams({ ...form, action: 'consent' })
  expect((await fetch(url, { method: 'POST', body })).status).toBe(200)
}

/** Every page from the cursor on. */
async function syncAll(plaid: PlaidApi, access_token: string, cursor = '') {
  const added: Transaction[] = []
  const modified: Transaction[] = []
  const removed: RemovedTransaction[] = []
  for (let more = true; more;) {
    const { data } = await plaid.transactionsSync({ access_token, cursor, count: 250 })
    added.push(...data.added)
    modified.push(...data.modified)
    removed.push(...data.removed)
    cursor = data.next_cursor
    more = data.has_more
  }
  return { added, modified, removed, cursor }
}

/** The webhook of this code, verified as Plaid documents. */
async function webhook(bench: Bench, receiver: Receiver, code: string) {
  const found = () => receiver.received.find(({ body }) => body.webhook_code === code)
  await expect.poll(found).toBeDefined()
  const one = found()
  if (one === undefined) throw new Error(`no ${code}`)
  await verify(bench, one)
  return one.body
}

const refusal = (error_code: string) => ({ response: { data: { error_code } } })

describe('Plaid’s SDK', () => {
  test('drives the whole life of an Item', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const plaid = client(bench)

    const link = await plaid.linkTokenCreate({
      ...LINK,
      products: [Products.Transactions],
      transactions: { days_requested: 730 },
      webhook: receiver.url,
      hosted_link: {},
    })
    const { link_token } = link.data
    await consent(link.data.hosted_link_url ?? '')
    const finished = await webhook(bench, receiver, 'SESSION_FINISHED')
    expect(finished).toMatchObject({ status: 'SUCCESS', link_token })
    const session = (await plaid.linkTokenGet({ link_token })).data.link_sessions?.[0]
    const public_token = session?.results?.item_add_results[0]?.public_token ?? ''
    expect(finished['public_tokens']).toEqual([public_token])
    const exchanged = await plaid.itemPublicTokenExchange({ public_token })
    let { access_token } = exchanged.data
    const { item_id } = exchanged.data

    const accounts = (await plaid.accountsGet({ access_token })).data.accounts
    expect(accounts.length).toBeGreaterThanOrEqual(2)
    const first = await syncAll(plaid, access_token)
    expect(first.added.length).toBeGreaterThan(1_000)
    expect([first.modified, first.removed]).toEqual([[], []])

    receiver.received.length = 0
    await bench.advance('3d')
    const news = await webhook(bench, receiver, 'SYNC_UPDATES_AVAILABLE')
    expect(news).toMatchObject({ item_id, historical_update_complete: true })
    const second = await syncAll(plaid, access_token, first.cursor)
    expect(second.added.length).toBeGreaterThan(0)

    await plaid.sandboxItemResetLogin({ access_token })
    expect(await webhook(bench, receiver, 'ERROR')).toMatchObject({
      item_id,
      error: { error_code: 'ITEM_LOGIN_REQUIRED' },
    })
    const refused = plaid.transactionsSync({ access_token, cursor: second.cursor })
    await expect(refused).rejects.toMatchObject(refusal('ITEM_LOGIN_REQUIRED'))
    const repair = await plaid.linkTokenCreate({ ...LINK, access_token, hosted_link: {} })
    await consent(repair.data.hosted_link_url ?? '')
    expect((await plaid.itemGet({ access_token })).data.item.error).toBeNull()

    const rotated = await plaid.itemAccessTokenInvalidate({ access_token })
    const old = plaid.itemGet({ access_token })
    await expect(old).rejects.toMatchObject(refusal('INVALID_ACCESS_TOKEN'))
    access_token = rotated.data.new_access_token
    const third = await syncAll(plaid, access_token, second.cursor)
    expect([third.added, third.modified, third.removed]).toEqual([[], [], []])

    await plaid.itemRemove({ access_token, reason_code: ItemRemoveReasonCode.Other })
    const gone = plaid.itemGet({ access_token })
    await expect(gone).rejects.toMatchObject(refusal('ITEM_NOT_FOUND'))
  })

  test('makes Items in the Sandbox, and reads what they hold and owe', async () => {
    await using bench = await startEmulator()
    const plaid = client(bench)
    const item = async (institution_id: string, product: Products) => {
      const wanted = { institution_id, initial_products: [product] }
      const { public_token } = (await plaid.sandboxPublicTokenCreate(wanted)).data
      return (await plaid.itemPublicTokenExchange({ public_token })).data.access_token
    }
    const investor = await item(TATTERSALL, Products.Investments)
    const held = (await plaid.investmentsHoldingsGet({ access_token: investor })).data
    expect(held.holdings.length).toBeGreaterThan(0)
    const range = { start_date: '2025-03-15', end_date: '2026-03-15' }
    const moved = await plaid.investmentsTransactionsGet({ access_token: investor, ...range })
    expect(moved.data.investment_transactions.length).toBeGreaterThan(0)
    const debtor = await item(GINGHAM, Products.Liabilities)
    const { liabilities } = (await plaid.liabilitiesGet({ access_token: debtor })).data
    expect([liabilities.credit, liabilities.mortgage]).toEqual([
      [expect.anything()],
      [expect.anything()],
    ])
    for (const access_token of [investor, debtor]) {
      await plaid.itemRemove({ access_token })
      const gone = plaid.accountsGet({ access_token })
      await expect(gone).rejects.toMatchObject(refusal('ITEM_NOT_FOUND'))
    }
  })

  test('makes an Item without Link, and lets a webhook be sent', async () => {
    await using receiver = await startReceiver()
    await using bench = await startEmulator()
    const plaid = client(bench)
    const { data } = await plaid.sandboxPublicTokenCreate({
      institution_id: PLATYPUS,
      initial_products: [Products.Transactions],
      options: { webhook: receiver.url },
    })
    const { public_token } = data
    const { access_token } = (await plaid.itemPublicTokenExchange({ public_token })).data
    await plaid.transactionsSync({ access_token })
    receiver.received.length = 0
    const fired = await plaid.sandboxItemFireWebhook({
      access_token,
      webhook_code: SandboxItemFireWebhookRequestWebhookCodeEnum.DefaultUpdate,
    })
    expect(fired.data.webhook_fired).toBe(true)
    await webhook(bench, receiver, 'DEFAULT_UPDATE')
  })
})
