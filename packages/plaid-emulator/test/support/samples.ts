// Good requests, one or more for each endpoint: what the conformance suite sends and what the
// fuzzers begin from. An endpoint without a sample fails the suite.
import { decodeProtectedHeader } from 'jose'
import { startReceiver } from './receiver.ts'
import { type Bench, GINGHAM, type LinkedItem, PLATYPUS, TATTERSALL } from './emulator.ts'

const SAMPLE_PRODUCTS = ['transactions', 'auth', 'identity']

/** What samples are made of; each call makes a new one, for what a request uses up. */
export interface Scene {
  item(options?: object, institutionId?: string): Promise<LinkedItem>
  publicToken(): Promise<string>
  linkToken(): Promise<string>
  /** An account of the Item that serves transactions. */
  accountId(item: LinkedItem): Promise<string>
  userId(): Promise<string>
  /** Of a webhook that was sent. */
  keyId(): Promise<string>
}

type Bodies = object[]
type Sample = (scene: Scene) => Bodies | Promise<Bodies>

/** The user whose rows a test may create. */
const DYNAMIC = {
  override_username: 'user_transactions_dynamic',
  override_password: 'any',
}
const US = { country_codes: ['US'] }
const RANGE = { start_date: '2025-06-01', end_date: '2026-03-15' }
/** A name that leads nowhere, by its RFC. */
const HOOK = 'https://webhook.invalid/hook'

const LINK = {
  client_name: 'Sample',
  language: 'en',
  ...US,
  user: { client_user_id: 'sample' },
}

const at =
  (institutionId: string | undefined) =>
  (...more: object[]): Sample =>
  async (scene) => {
    const item = await scene.item({}, institutionId)
    return (more.length === 0 ? [{}] : more).map((body) => ({
      access_token: item.accessToken,
      ...body,
    }))
  }
const ofItem = at(undefined)
const ofInvestor = at(TATTERSALL)

/** Alone, and of one account only. */
const ofAccounts =
  (body: object = {}): Sample =>
  async (scene) => {
    const item = await scene.item()
    const account_ids = [await scene.accountId(item)]
    const whole = { access_token: item.accessToken, ...body }
    return [whole, { ...whole, options: { account_ids } }]
  }

const INSTITUTION_FLAGS = {
  include_optional_metadata: true,
  include_auth_metadata: true,
  include_payment_initiation_metadata: true,
}

export const SAMPLES: Readonly<Record<string, Sample>> = {
  '/link/token/create': async (scene) => [
    { ...LINK, products: ['transactions'] },
    {
      ...LINK,
      products: ['transactions'],
      optional_products: ['investments'],
      webhook: HOOK,
      transactions: { days_requested: 30 },
      hosted_link: {
        completion_redirect_uri: 'https://example.com/done',
        url_lifetime_seconds: 600,
      },
      account_filters: { depository: { account_subtypes: ['checking'] } },
    },
    {
      ...LINK,
      access_token: (await scene.item()).accessToken,
      update: { account_selection_enabled: true },
    },
  ],
  '/link/token/get': async (scene) => [{ link_token: await scene.linkToken() }],
  '/item/public_token/exchange': async (scene) => [{ public_token: await scene.publicToken() }],
  '/item/public_token/create': ofItem(),
  '/item/get': ofItem(),
  '/item/remove': async (scene) => [
    { access_token: (await scene.item()).accessToken },
    { access_token: (await scene.item()).accessToken, reason_code: 'OTHER', reason_note: 'test' },
  ],
  '/item/webhook/update': ofItem({ webhook: HOOK }, { webhook: null }),
  '/item/access_token/invalidate': ofItem(),
  '/item/products/terminate': ofItem({ reason_code: 'OTHER', reason_note: 'test' }),
  '/accounts/get': ofAccounts(),
  '/accounts/balance/get': ofAccounts(),
  '/transactions/sync': async (scene) => {
    const item = await scene.item()
    const access_token = item.accessToken
    const account_id = await scene.accountId(item)
    return [
      { access_token },
      { access_token, count: 500, cursor: '' },
      { access_token, cursor: 'now' },
      {
        access_token,
        count: 20,
        options: {
          account_id,
          include_original_description: true,
          personal_finance_category_version: 'v1',
        },
      },
    ]
  },
  '/transactions/get': async (scene) => {
    const item = await scene.item()
    const whole = { access_token: item.accessToken, ...RANGE }
    const account_ids = [await scene.accountId(item)]
    return [
      whole,
      {
        ...whole,
        options: { account_ids, count: 500, offset: 10, include_original_description: true },
      },
    ]
  },
  '/transactions/refresh': ofItem(),
  '/transactions/recurring/get': async (scene) => {
    const item = await scene.item()
    const account_ids = [await scene.accountId(item)]
    const access_token = item.accessToken
    return [{ access_token }, { access_token, account_ids }]
  },
  '/investments/holdings/get': ofInvestor(),
  '/investments/transactions/get': ofInvestor(RANGE, {
    ...RANGE,
    options: { count: 5, offset: 1 },
  }),
  '/investments/refresh': ofInvestor(),
  '/liabilities/get': ofItem(),
  '/identity/get': ofAccounts(),
  '/auth/get': ofItem(),
  '/institutions/get': () => [
    { ...US, count: 10, offset: 0 },
    {
      ...US,
      count: 500,
      offset: 1,
      options: { ...INSTITUTION_FLAGS, products: ['transactions'], oauth: false },
    },
  ],
  '/institutions/get_by_id': () => [
    { ...US, institution_id: PLATYPUS },
    { ...US, institution_id: GINGHAM, options: { ...INSTITUTION_FLAGS, include_status: true } },
  ],
  '/institutions/search': () => [
    { ...US, query: 'Platypus', products: ['transactions'] },
    { ...US, query: 'ban', products: null, options: { ...INSTITUTION_FLAGS, oauth: true } },
  ],
  '/categories/get': () => [{}],
  '/webhook_verification_key/get': async (scene) => [{ key_id: await scene.keyId() }],
  '/user/items/get': async (scene) => [{ user_id: await scene.userId() }],
  '/beta/webhook_events/list': () => [{}, { count: 5, webhook_types: ['TRANSACTIONS'] }],
  '/sandbox/public_token/create': () => [
    { institution_id: PLATYPUS, initial_products: ['transactions'] },
    {
      institution_id: GINGHAM,
      initial_products: SAMPLE_PRODUCTS,
      options: {
        webhook: HOOK,
        override_username: 'user_good',
        override_password: 'pass_good',
        transactions: { days_requested: 60 },
      },
    },
  ],
  '/sandbox/item/fire_webhook': async (scene) => {
    const access_token = (await scene.item({ webhook: HOOK })).accessToken
    return [
      { access_token, webhook_code: 'SYNC_UPDATES_AVAILABLE' },
      { access_token, webhook_code: 'DEFAULT_UPDATE', webhook_type: 'TRANSACTIONS' },
    ]
  },
  '/sandbox/item/reset_login': ofItem(),
  '/sandbox/transactions/create': async (scene) => [
    {
      access_token: (await scene.item(DYNAMIC)).accessToken,
      transactions: [
        {
          date_transacted: '2026-03-14',
          date_posted: '2026-03-15',
          amount: 12.5,
          description: 'Sample',
        },
      ],
    },
  ],
}

export function sceneOf(bench: Bench): Scene {
  const item = (options = {}, institutionId = PLATYPUS) =>
    bench.link(institutionId, options, SAMPLE_PRODUCTS)
  const text = async (path: string, body: object, field: string): Promise<string> => {
    const answer = await bench.post(path, body)
    const value = answer.body[field]
    if (typeof value === 'string') return value
    throw new Error(`${path}: no ${field} in ${JSON.stringify(answer.body)}`)
  }
  const link = { ...LINK, products: ['transactions'], hosted_link: {} }
  const created = { institution_id: PLATYPUS, initial_products: ['transactions'] }
  return {
    item,
    publicToken: () => text('/sandbox/public_token/create', created, 'public_token'),
    linkToken: () => text('/link/token/create', link, 'link_token'),
    accountId: async (item) => {
      const { body } = await bench.post<{ accounts: { account_id: string; type: string }[] }>(
        '/accounts/get',
        { access_token: item.accessToken },
      )
      const account = body.accounts.find(({ type }) => type === 'depository')
      if (account === undefined) throw new Error('the Item has no depository account')
      return account.account_id
    },
    userId: () => text('/link/token/create', link, 'user_id'),
    keyId: async () => {
      await using receiver = await startReceiver()
      const { accessToken } = await bench.link(PLATYPUS, { webhook: receiver.url })
      await bench.post('/sandbox/item/reset_login', { access_token: accessToken })
      const [webhook] = await receiver.until(1)
      return decodeProtectedHeader(webhook?.jwt ?? '').kid ?? ''
    },
  }
}
