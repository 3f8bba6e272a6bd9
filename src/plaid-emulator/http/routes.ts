// Plaid's endpoints: each a path, what may be sent, and what it does.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { equalInConstantTime } from '../../std/secrets.ts'
import { historyDays } from '../bank/bank.ts'
import type { ItemRecord } from '../bank/state.ts'
import { newToken } from '../bank/tokens.ts'
import { PlaidFault } from '../fault.ts'
import { syncPage, syncText } from '../item/sync.ts'
import { bankById } from '../world/institutions.ts'
import type { View } from '../world/render.ts'
import { accountsAnswer, checkProducts, institutionBody, itemAnswer } from './bodies.ts'
import type { Context } from './context.ts'
import { type Body, FIELDS } from './fields.ts'
import { createLink, getLink } from './link-tokens.ts'
import { credentialsOf } from './server.ts'

type Handle<K extends keyof typeof FIELDS> = (
  context: Context,
  body: Body<K>,
) => object | Promise<object>

type HandleItem<K extends keyof typeof FIELDS> = (
  context: Context,
  item: ItemRecord,
  body: Body<K>,
) => object | Promise<object>

const PAGE_ROWS_DEFAULT = 100

export function plaidRoutes(app: FastifyInstance, context: Context): void {
  const route = <K extends keyof typeof FIELDS>(
    path: string,
    fields: K,
    handle: Handle<K>,
  ): void => {
    app.post(path, { schema: { body: FIELDS[fields] } }, async (request, reply) => {
      checkKeys(context, request)
      const body = request.body as Body<K>
      if (!('access_token' in body && fields !== 'linkCreate')) context.faults.meet(path, undefined)
      const answer = await handle(context, body)
      if (!(answer instanceof TextAnswer)) return { ...answer, request_id: request.id }
      return reply.type('application/json; charset=utf-8').send(answer.text(request.id))
    })
  }
  const ofItem = <K extends 'item' | 'itemRemove' | 'accounts' | 'sync'>(
    path: string,
    fields: K,
    handle: HandleItem<K>,
  ): void =>
    route(path, fields, (context, body) => {
      const item = context.bank.byAccessToken(body.access_token)
      context.faults.meet(path, item.itemId)
      return handle(context, item, body)
    })

  route('/link/token/create', 'linkCreate', createLink)
  route('/link/token/get', 'linkGet', getLink)
  route('/item/public_token/exchange', 'exchange', exchange)
  route('/institutions/get_by_id', 'institution', institutionById)
  route('/sandbox/public_token/create', 'sandboxToken', sandboxToken)
  ofItem('/item/get', 'item', (context, item) => itemAnswer(context, item))
  ofItem('/item/remove', 'itemRemove', async ({ bank }, item) => {
    await bank.remove(item)
    return {}
  })
  ofItem('/accounts/get', 'accounts', (context, item, body) => {
    checkLogin(item)
    return accountsAnswer(context, item, body.options?.account_ids)
  })
  ofItem('/transactions/sync', 'sync', sync)
  ofItem('/transactions/refresh', 'item', async ({ bank }, item) => {
    checkLogin(item)
    await bank.refresh(item)
    return {}
  })
  ofItem('/sandbox/item/reset_login', 'item', async ({ bank }, item) => {
    await bank.loseLogin(item)
    return { reset_login: true }
  })
}

function checkKeys({ keys }: Context, request: FastifyRequest): void {
  const given = credentialsOf(request)
  if (keys === undefined) return
  const same =
    equalInConstantTime(given.clientId, keys.clientId) &&
    equalInConstantTime(given.secret, keys.secret.reveal())
  if (!same) throw new PlaidFault('INVALID_API_KEYS')
}

function checkLogin(item: ItemRecord): void {
  if (item.error !== null) throw new PlaidFault(item.error)
}

async function exchange({ bank }: Context, body: Body<'exchange'>): Promise<object> {
  const { item, accessToken } = await bank.exchange(body.public_token)
  return { access_token: accessToken, item_id: item.itemId }
}

/** The one large answer comes as text, with the request's id written in. */
class TextAnswer {
  readonly text: (requestId: string) => string

  constructor(text: (requestId: string) => string) {
    this.text = text
  }
}

async function sync(context: Context, item: ItemRecord, body: Body<'sync'>): Promise<object> {
  checkLogin(item)
  const options = body.options ?? {}
  await context.bank.startTransactions(item, options.days_requested)
  const ledger = context.bank.ledger(item)
  if (ledger === null) throw new PlaidFault('PRODUCT_NOT_READY')
  const answer = syncPage(ledger, {
    itemId: item.itemId,
    cursor: body.cursor ?? '',
    count: body.count ?? PAGE_ROWS_DEFAULT,
    accountId: options.account_id,
  })
  const view: View = {
    originalDescription: options.include_original_description === true,
    categoryVersion: options.personal_finance_category_version ?? 'v2',
  }
  return new TextAnswer((requestId) => syncText(ledger, answer, view, requestId))
}

function institutionById(_: Context, body: Body<'institution'>): object {
  const bank = bankById(body.institution_id)
  if (bank === undefined || !body.country_codes.includes('US')) {
    throw new PlaidFault('INVALID_INSTITUTION')
  }
  return { institution: institutionBody(bank, body.options ?? {}) }
}

async function sandboxToken(context: Context, body: Body<'sandboxToken'>): Promise<object> {
  const options = body.options ?? {}
  if (bankById(body.institution_id) === undefined) throw new PlaidFault('INVALID_INSTITUTION')
  checkProducts(body.initial_products)
  const publicToken = newToken('public')
  context.bank.create({
    bankId: body.institution_id,
    username: options.override_username ?? 'user_good',
    password: options.override_password ?? 'pass_good',
    products: body.initial_products,
    webhook: options.webhook ?? null,
    days: options.transactions?.days_requested ?? historyDays.default,
    publicToken,
  })
  await context.bank.save()
  return { public_token: publicToken }
}
