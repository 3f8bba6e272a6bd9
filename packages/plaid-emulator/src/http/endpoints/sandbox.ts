// What only Plaid's Sandbox has: Items without Link, and what may be done to them.
import { Type } from '../../../../../src/std/type.ts'
import { historyDays } from '../../bank/bank.ts'
import type { ItemRecord } from '../../bank/state.ts'
import type { PlacedAccount } from '../../item/accounts.ts'
import { hasTransactions } from '../../world/account.ts'
import { newToken } from '../../bank/tokens.ts'
import { PlaidFault } from '../../fault.ts'
import { DAY_MS, dayOf, dayOfText } from '../../world/calendar.ts'
import { institutionById } from '../../world/institutions.ts'
import { centsOf, isOfficialCurrency } from '../../world/money.ts'
import { itemError } from '../../webhooks/payloads.ts'
import { requireProduct } from '../bodies.ts'
import type { Context } from '../../context.ts'
import { type Endpoint, endpoint, itemEndpoint, none } from '../endpoint.ts'
import {
  type BodyOf,
  accountId,
  any,
  days,
  maybe,
  password,
  products,
  text,
  textOrNull,
  webhook,
} from '../fields.ts'

const CREATE = {
  institution_id: text,
  initial_products: products,
  options: maybe({
    webhook,
    override_username: textOrNull,
    override_password: password,
    transactions: maybe({ start_date: any, end_date: any, days_requested: days }),
    statements: any,
    income_verification: any,
  }),
  user_token: any,
  user_id: textOrNull,
}
type Create = BodyOf<typeof CREATE>

/** Rows that one call may create, and how far back they may lie. */
const createdRowsMax = 10
const CREATED_DAYS_BACK = 14

const CREATE_TRANSACTIONS = {
  transactions: Type.Array(
    Type.Object({
      date_transacted: text,
      date_posted: text,
      amount: Type.Number({ minimum: -10_000_000, maximum: 10_000_000 }),
      description: text,
      iso_currency_code: Type.Optional(text),
      account_id: Type.Optional(accountId),
    }),
    // more than may be created, so that what is too much can be told
    { minItems: 1, maxItems: 1_000 },
  ),
}
type CreateTransactions = BodyOf<typeof CREATE_TRANSACTIONS>

export const sandboxEndpoints: Endpoint[] = [
  endpoint('/sandbox/public_token/create', CREATE, createPublicToken),
  itemEndpoint('/sandbox/transactions/create', CREATE_TRANSACTIONS, createTransactions),
  itemEndpoint('/sandbox/item/reset_login', none, async ({ bank, webhooks }, item) => {
    bank.loseLogin(item)
    await webhooks.tell(item, itemError(item))
    return { reset_login: true }
  }),
]

async function createPublicToken(context: Context, body: Create): Promise<object> {
  const options = body.options ?? {}
  const institution = institutionById(body.institution_id)
  if (institution === undefined) throw new PlaidFault('INVALID_INSTITUTION')
  context.bank.checkInitial(body.initial_products, institution)
  const publicToken = newToken('public')
  context.bank.create({
    institutionId: body.institution_id,
    username: options.override_username ?? 'user_good',
    password: options.override_password ?? 'pass_good',
    products: body.initial_products,
    wishedProducts: [],
    consented: null,
    clientUserId: null,
    userId: body.user_id ?? null,
    webhook: options.webhook ?? null,
    days: options.transactions?.days_requested ?? historyDays.default,
    publicToken,
  })
  await context.bank.save()
  return { public_token: publicToken }
}

/** Rows of the developer's own, on an account of any Item. */
async function createTransactions(
  context: Context,
  item: ItemRecord,
  { transactions }: CreateTransactions,
): Promise<object> {
  await requireProduct(context, item, 'transactions')
  if (transactions.length > createdRowsMax) {
    throw refusal('The request contains too many transactions.')
  }
  for (const { iso_currency_code: code } of transactions) {
    if (code === undefined || isOfficialCurrency(code)) continue
    throw new PlaidFault('INVALID_FIELD', 'iso_currency_code must be a currency of ISO 4217')
  }
  const ledger = context.bank.ledger(item)
  if (ledger?.readiness !== 'HISTORICAL_UPDATE_COMPLETE') throw new PlaidFault('PRODUCT_NOT_READY')
  const now = context.clock.now()
  const isCustom = context.bank.userOf(item).kind === 'custom'
  const rows = transactions.map((row) => ({
    place: placeFor(row.account_id, ledger.offers(), isCustom),
    description: row.description,
    cents: centsOf(row.amount),
    ...(row.iso_currency_code === undefined ? {} : { currency: row.iso_currency_code }),
    ...createdTimes(row.date_transacted, row.date_posted, now),
  }))
  await context.bank.act(item, { kind: 'add', rows })
  return {}
}

/** The account that is named; else checking, or the first deposits of a custom user. */
function placeFor(
  accountId: string | undefined,
  offers: readonly PlacedAccount[],
  isCustom: boolean,
): number | null {
  const takers = offers.filter(
    (offer) =>
      offer.accountId !== null && offer.account.type !== 'loan' && hasTransactions(offer.account),
  )
  if (accountId === undefined) {
    const usual = takers.find(({ account: { type, subtype } }) =>
      isCustom ? type === 'depository' : subtype === 'checking',
    )
    return usual?.place ?? null
  }
  const named = takers.find((offer) => offer.accountId === accountId)
  if (named === undefined) throw new PlaidFault('INVALID_ACCOUNT_ID')
  return named.place
}

function createdTimes(
  transacted: string,
  posted: string,
  now: number,
): { occurredAt: number; postedAt: number } {
  const [from, to] = [dayOfText(transacted), dayOfText(posted)]
  const earliest = dayOf(now) - CREATED_DAYS_BACK
  if (
    from !== undefined &&
    to !== undefined &&
    earliest <= from &&
    from <= to &&
    to <= dayOf(now)
  ) {
    const noon = (day: number): number => Math.min(day * DAY_MS + DAY_MS / 2, now)
    return { occurredAt: noon(from), postedAt: noon(to) }
  }
  throw refusal(
    'Transaction and posted dates must be within the last 14 days. The posted date cannot be ' +
      'before the transaction date.',
  )
}

/** Plaid shows these to the person too. */
function refusal(message: string): PlaidFault {
  return new PlaidFault('INVALID_FIELD', { message, display: message })
}
