// What only Plaid's Sandbox has: Items without Link, and what may be done to them.
import { historyDays } from '../../bank/bank.ts'
import { newToken } from '../../bank/tokens.ts'
import { PlaidFault } from '../../fault.ts'
import { bankById } from '../../world/institutions.ts'
import { itemError } from '../../webhooks/payloads.ts'
import { checkInitial } from '../../products/product.ts'
import type { Context } from '../context.ts'
import { type Endpoint, endpoint, itemEndpoint, none } from '../endpoint.ts'
import { type BodyOf, any, days, maybe, products, text, textOrNull, webhook } from '../fields.ts'

const CREATE = {
  institution_id: text,
  initial_products: products,
  options: maybe({
    webhook,
    override_username: textOrNull,
    override_password: textOrNull,
    transactions: maybe({ start_date: any, end_date: any, days_requested: days }),
    statements: any,
    income_verification: any,
  }),
  user_token: any,
  user_id: textOrNull,
}
type Create = BodyOf<typeof CREATE>

export const sandboxEndpoints: Endpoint[] = [
  endpoint('/sandbox/public_token/create', CREATE, createPublicToken),
  itemEndpoint('/sandbox/item/reset_login', none, async ({ bank, webhooks }, item) => {
    bank.loseLogin(item)
    webhooks.queue(item, itemError(item))
    await Promise.all([bank.save(), webhooks.flush()])
    return { reset_login: true }
  }),
]

async function createPublicToken(context: Context, body: Create): Promise<object> {
  const options = body.options ?? {}
  const bank = bankById(body.institution_id)
  if (bank === undefined) throw new PlaidFault('INVALID_INSTITUTION')
  checkInitial(body.initial_products, bank)
  const publicToken = newToken('public')
  context.bank.create({
    bankId: body.institution_id,
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
