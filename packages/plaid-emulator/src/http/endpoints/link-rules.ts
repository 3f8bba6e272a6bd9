// What `/link/token/create` refuses beyond the shape of its fields, as Plaid documents it.
import type { Bank } from '../../bank/bank.ts'
import { PlaidFault } from '../../fault.ts'
import { institutionById } from '../../world/institutions.ts'
import type { LinkRequest } from './link-request.ts'

export function checkLinkRequest(bank: Bank, body: LinkRequest): void {
  if (body.user === undefined && (body.user_id ?? null) === null) {
    throw new PlaidFault('MISSING_FIELDS', 'the following required fields are missing: user')
  }
  const updates = (body.access_token ?? null) !== null
  const products = body.products ?? []
  if (!updates) bank.checkInitial(products)
  checkOverlap(body)
  if (!updates && (body.update ?? null) !== null) {
    const message = 'the field update can only be used together with access_token'
    throw new PlaidFault('INVALID_CONFIGURATION', message)
  }
  if (updates && body.enable_multi_item_link === true) {
    const message = 'enable_multi_item_link cannot be used in update mode'
    throw new PlaidFault('INVALID_CONFIGURATION', message)
  }
  checkInstitution(body)
  if (body.redirect_uri !== undefined) checkRedirectUri(body.redirect_uri)
  const { completion_redirect_uri: completion, is_mobile_app } = body.hosted_link ?? {}
  if (completion) checkCompletionUri(completion, is_mobile_app === true)
}

/** The institution that needs no choosing is one of the application's countries. */
function checkInstitution({ institution_id, country_codes }: LinkRequest): void {
  if ((institution_id ?? null) === null) return
  const institution = institutionById(institution_id ?? '')
  if (institution === undefined || !country_codes.includes(institution.country)) {
    throw new PlaidFault('INVALID_INSTITUTION')
  }
}

/** A product stands in one list; what is only wished for may be consented to as well. */
function checkOverlap(body: LinkRequest): void {
  const lists = [
    ['products', 'required_if_supported_products'],
    ['products', 'optional_products'],
    ['products', 'additional_consented_products'],
    ['required_if_supported_products', 'optional_products'],
    ['required_if_supported_products', 'additional_consented_products'],
  ] as const
  for (const [one, other] of lists) {
    const both = (body[one] ?? []).filter((product) => body[other]?.includes(product))
    if (both.length === 0) continue
    const list = both.join(', ')
    throw new PlaidFault('INVALID_FIELD', `${one} and ${other} must not overlap: ${list}`)
  }
}

/** https, or http on the application's own machine; and nothing that a bank could not match. */
function checkRedirectUri(uri: string): void {
  if (!URL.canParse(uri)) throw wrong('redirect_uri', 'must be a valid URI')
  const { protocol, hostname } = new URL(uri)
  const isLocal = protocol === 'http:' && LOCAL.has(hostname)
  if (protocol !== 'https:' && !isLocal) throw wrong('redirect_uri', 'must use HTTPS')
  if (uri.includes('?')) throw wrong('redirect_uri', 'must not contain query parameters')
  if (uri.includes('#')) throw wrong('redirect_uri', 'must not contain a fragment')
  if (uri.includes('*')) throw wrong('redirect_uri', 'must not contain wildcards')
}

const LOCAL: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** A page of the web; for a mobile application, a scheme of its own. */
function checkCompletionUri(uri: string, isMobile: boolean): void {
  const field = 'hosted_link.completion_redirect_uri'
  if (!URL.canParse(uri)) throw wrong(field, 'must be a valid URI')
  const { protocol } = new URL(uri)
  const isOwn = isMobile && !NO_PAGE.has(protocol)
  if (!/^https?:$/.test(protocol) && !isOwn) throw wrong(field, 'must be an http or https URI')
}

/** Schemes that would run or show what stands in the address itself. */
const NO_PAGE: ReadonlySet<string> = new Set([
  'javascript:',
  'data:',
  'vbscript:',
  'file:',
  'blob:',
])

function wrong(field: string, what: string): PlaidFault {
  return new PlaidFault('INVALID_FIELD', `${field} ${what}`)
}
