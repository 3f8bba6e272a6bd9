// /link/token/create and /link/token/get: what an application asks of Link, and what came of it.
import type { LinkTokenGetResponse } from 'plaid'
import { historyDays } from '../../bank/bank.ts'
import type { LinkRecord } from '../../bank/state.ts'
import { userIdOf } from '../../bank/tokens.ts'
import { instantText } from '../../world/calendar.ts'
import type { Context } from '../../context.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { checkLinkRequest } from './link-rules.ts'
import { sessionBody } from '../../link/results.ts'
import { linkToken } from '../fields.ts'
import { LINK_REQUEST, type LinkRequest } from './link-request.ts'

/** A hosted link lives for half an hour unless the application says otherwise. */
const URL_LIFETIME_SECONDS = 30 * 60

export const linkEndpoints: Endpoint[] = [
  endpoint('/link/token/create', LINK_REQUEST, createLink),
  endpoint('/link/token/get', { link_token: linkToken }, getLink),
]

async function createLink(context: Context, body: LinkRequest): Promise<object> {
  const token = body.access_token ?? null
  const updates = token === null ? null : context.bank.items.byAccessToken(token).itemId
  checkLinkRequest(context.bank, body)
  const hosted = body.hosted_link ?? null
  const lifetime = hosted?.url_lifetime_seconds ?? URL_LIFETIME_SECONDS
  const { linkToken, link } = await context.links.create({
    clientName: body.client_name,
    language: body.language,
    countryCodes: body.country_codes,
    products: body.products ?? [],
    wishedProducts: [
      ...(body.required_if_supported_products ?? []),
      ...(body.optional_products ?? []),
    ],
    consentedProducts: body.additional_consented_products ?? [],
    clientUserId: body.user?.client_user_id ?? null,
    userId: body.user_id ?? userIdOf(body.user?.client_user_id),
    webhook: body.webhook ?? null,
    redirectUri: body.redirect_uri ?? null,
    completionUri: hosted?.completion_redirect_uri ?? null,
    days: body.transactions?.days_requested ?? historyDays.default,
    updates,
    institutionId: body.institution_id ?? null,
    accountFilters: filtersOf(body),
    selects: selectsOf(body),
    multiItem: body.enable_multi_item_link ?? false,
    urlLifetimeMs: hosted === null ? null : lifetime * 1_000,
  })
  return {
    expiration: instantText(link.expiresAt),
    link_token: linkToken,
    ...(link.userId === null ? {} : { user_id: link.userId }),
    ...(hosted === null ? {} : { hosted_link_url: `${context.publicUrl()}/link/${linkToken}` }),
  }
}

function filtersOf({ account_filters: filters }: LinkRequest): LinkRecord['accountFilters'] {
  const given = Object.entries(filters ?? {})
  if (given.length === 0) return null
  return Object.fromEntries(given.map(([type, { account_subtypes }]) => [type, account_subtypes]))
}

/**
 * An update asks for accounts only where it is told to. That only one may be chosen is a setting of
 * Plaid's dashboard, made in a customization; here the customization of this name has it.
 */
function selectsOf(body: LinkRequest): LinkRecord['selects'] {
  const updates = (body.access_token ?? null) !== null
  if (updates && body.update?.account_selection_enabled !== true) return 'none'
  return body.link_customization_name === 'single_account' ? 'one' : 'many'
}

function getLink(
  { links, bank }: Context,
  { link_token }: { link_token: string },
): Omit<LinkTokenGetResponse, 'request_id'> {
  const link = links.get(link_token)
  const sessions = link.sessions.map((session) => sessionBody(bank, link_token, link, session))
  const metadata = {
    ...(link.accountFilters === null ? {} : { account_filters: filterBodies(link.accountFilters) }),
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
    ...(link.userId === null ? {} : { user_id: link.userId }),
  }
}

function filterBodies(filters: NonNullable<LinkRecord['accountFilters']>): object {
  const entries = Object.entries(filters)
  return Object.fromEntries(
    entries.map(([type, subtypes]) => [type, { account_subtypes: subtypes }]),
  )
}
