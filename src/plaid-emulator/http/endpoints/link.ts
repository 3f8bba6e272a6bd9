// /link/token/create and /link/token/get: what an application asks of Link, and what came of it.
import type { AccountBase, LinkTokenGetResponse } from 'plaid'
import { Type } from 'typebox'
import { historyDays } from '../../bank/bank.ts'
import { publicTokenOf } from '../../bank/tokens.ts'
import type { ItemRecord, LinkRecord, LinkSession } from '../../bank/state.ts'
import { instantText } from '../../world/calendar.ts'
import { bankById } from '../../world/institutions.ts'
import { checkInitial } from '../../products/product.ts'
import type { Context } from '../context.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import {
  type BodyOf,
  any,
  codes,
  days,
  maybe,
  products,
  text,
  textOrNull,
  token,
  webhook,
} from '../fields.ts'

/** A hosted link lives for half an hour unless the application says otherwise. */
const URL_LIFETIME_SECONDS = 30 * 60

const CREATE = {
  client_name: text,
  language: text,
  country_codes: codes,
  user: Type.Optional(Type.Object({ client_user_id: text })),
  user_id: textOrNull,
  products: Type.Optional(Type.Union([products, Type.Null()])),
  required_if_supported_products: Type.Optional(Type.Union([products, Type.Null()])),
  optional_products: Type.Optional(Type.Union([products, Type.Null()])),
  additional_consented_products: Type.Optional(Type.Union([products, Type.Null()])),
  webhook,
  access_token: Type.Optional(Type.Union([token, Type.Null()])),
  access_tokens: any,
  link_customization_name: any,
  appearance_mode: any,
  redirect_uri: Type.Optional(Type.String({ maxLength: 2_000 })),
  android_package_name: any,
  institution_data: any,
  card_switch: any,
  account_filters: any,
  eu_config: any,
  institution_id: any,
  payment_configuration: any,
  payment_initiation: any,
  employment: any,
  income_verification: any,
  base_report: any,
  credit_partner_insights: any,
  cra_options: any,
  consumer_report_permissible_purpose: any,
  auth: any,
  transfer: any,
  update: any,
  identity_verification: any,
  statements: any,
  third_party_user_token: any,
  investments: any,
  investments_auth: any,
  hosted_link: maybe({
    delivery_method: any,
    completion_redirect_uri: Type.Optional(
      Type.String({ pattern: '^https?://.+', maxLength: 2_000 }),
    ),
    url_lifetime_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 21 * 86_400 })),
    is_mobile_app: any,
  }),
  transactions: maybe({ days_requested: days }),
  cashflow_report: any,
  cra_enabled: any,
  identity: any,
  financekit_supported: any,
  enable_multi_item_link: any,
  user_token: any,
}
type Create = BodyOf<typeof CREATE>

export const linkEndpoints: Endpoint[] = [
  endpoint('/link/token/create', CREATE, createLink),
  endpoint('/link/token/get', { link_token: token }, getLink),
]

async function createLink(context: Context, body: Create): Promise<object> {
  const token = body.access_token ?? null
  const updates = token === null ? null : context.bank.byAccessToken(token).itemId
  const products = body.products ?? []
  if (updates === null) checkInitial(products)
  const hosted = body.hosted_link ?? null
  const { linkToken, link } = await context.links.create({
    clientName: body.client_name,
    language: body.language,
    countryCodes: body.country_codes,
    products,
    wishedProducts: [
      ...(body.required_if_supported_products ?? []),
      ...(body.optional_products ?? []),
    ],
    consentedProducts: body.additional_consented_products ?? [],
    clientUserId: body.user?.client_user_id ?? null,
    userId: body.user_id ?? null,
    webhook: body.webhook ?? null,
    redirectUri: body.redirect_uri ?? null,
    completionUri: hosted?.completion_redirect_uri ?? null,
    days: body.transactions?.days_requested ?? historyDays.default,
    updates,
    urlLifetimeMs:
      hosted === null ? null : (hosted.url_lifetime_seconds ?? URL_LIFETIME_SECONDS) * 1000,
  })
  return {
    expiration: instantText(link.expiresAt),
    link_token: linkToken,
    ...(hosted === null ? {} : { hosted_link_url: `${context.publicUrl()}/link/${linkToken}` }),
  }
}

function getLink(
  context: Context,
  { link_token }: { link_token: string },
): Omit<LinkTokenGetResponse, 'request_id'> {
  const link = context.links.get(link_token)
  const sessions = link.sessions.map((session) => sessionBody(context, link_token, link, session))
  const metadata = {
    client_name: link.clientName,
    country_codes: link.countryCodes,
    initial_products: link.products,
    language: link.language,
    redirect_uri: link.redirectUri,
    webhook: link.webhook,
  }
  return {
    created_at: instantText(link.createdAt),
    expiration: instantText(link.expiresAt),
    link_sessions: sessions as unknown as NonNullable<LinkTokenGetResponse['link_sessions']>,
    link_token,
    metadata: metadata as unknown as LinkTokenGetResponse['metadata'],
  }
}

function sessionBody(
  { bank }: Context,
  linkToken: string,
  link: LinkRecord,
  session: LinkSession,
): object {
  const item = session.itemId === null ? undefined : bank.byId(session.itemId)
  const added = item !== undefined && link.updates === null
  const result = added
    ? resultOf(item, publicTokenOf(linkToken, session.id), bank.accounts(item))
    : null
  return {
    events: [],
    exit: session.itemId === null ? exitBody(session) : null,
    finished_at: instantText(session.finishedAt),
    link_session_id: session.id,
    on_exit: session.itemId === null ? exitBody(session) : null,
    on_success: result && {
      metadata: {
        accounts: result.accounts,
        institution: result.institution,
        link_session_id: session.id,
        transfer_status: null,
      },
      public_token: result.public_token,
    },
    results: {
      bank_income_results: [],
      cra_item_add_results: [],
      cra_update_results: [],
      document_income_results: null,
      item_add_results: result === null ? [] : [result],
      payroll_income_results: [],
    },
    started_at: instantText(session.startedAt),
  }
}

function exitBody(session: LinkSession): object {
  return {
    error: null,
    metadata: { link_session_id: session.id, status: 'requires_credentials' },
  }
}

interface AddResult {
  accounts: object[]
  institution: { institution_id: string; name: string } | null
  public_token: string
}

function resultOf(item: ItemRecord, publicToken: string, accounts: AccountBase[]): AddResult {
  const bank = bankById(item.bankId)
  return {
    accounts: accounts.map((account) => ({
      class_type: null,
      id: account.account_id,
      mask: account.mask,
      name: account.name,
      subtype: account.subtype,
      type: account.type,
      verification_status: null,
    })),
    institution: bank === undefined ? null : { institution_id: bank.id, name: bank.name },
    public_token: publicToken,
  }
}
