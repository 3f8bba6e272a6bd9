// Institutions, as the directory shows them: all of them, those that match, or one.
import { Type } from '../../../../../src/std/type.ts'
import { PlaidFault } from '../../fault.ts'
import { type Institution, institutionById, isCalled, OFFERED } from '../../world/institutions.ts'
import { isRoutingNumber } from '../../world/routing-number.ts'
import { institutionBody } from '../bodies.ts'
import type { Context } from '../../context.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import {
  type BodyOf,
  any,
  bool,
  boolOrNull,
  codes,
  maybe,
  productsOrNull,
  text,
} from '../fields.ts'

const METADATA = {
  include_optional_metadata: bool,
  include_auth_metadata: boolOrNull,
  include_payment_initiation_metadata: boolOrNull,
}

const GET = {
  count: Type.Integer({ minimum: 1, maximum: 500 }),
  offset: Type.Integer({ minimum: 0 }),
  country_codes: codes,
  options: maybe({
    ...METADATA,
    products: productsOrNull,
    routing_numbers: productsOrNull,
    oauth: boolOrNull,
  }),
}
const SEARCH = {
  query: text,
  country_codes: codes,
  products: productsOrNull,
  options: maybe({ ...METADATA, oauth: boolOrNull, payment_initiation: any }),
}
const BY_ID = {
  institution_id: text,
  country_codes: codes,
  options: maybe({ ...METADATA, include_status: bool }),
}

export const institutionEndpoints: Endpoint[] = [
  endpoint('/institutions/get', GET, list),
  endpoint('/institutions/search', SEARCH, search),
  endpoint('/institutions/get_by_id', BY_ID, (context, body) => {
    const institution = institutionById(body.institution_id)
    if (institution === undefined || !body.country_codes.includes(institution.country)) {
      throw new PlaidFault('INVALID_INSTITUTION')
    }
    return { institution: institutionBody(context, institution, body.options ?? {}) }
  }),
]

function list(context: Context, body: BodyOf<typeof GET>): object {
  const { offset, count, country_codes } = body
  const options = body.options ?? {}
  const numbers = routingNumbers(options.routing_numbers)
  const found = OFFERED.filter(
    (institution) =>
      isWanted(institution, { country_codes, products: options.products, oauth: options.oauth }) &&
      numbers.every((number) => institution.routingNumbers.includes(number)),
  )
  return {
    institutions: found
      .slice(offset, offset + count)
      .map((institution) => institutionBody(context, institution, options)),
    total: found.length,
  }
}

/** As many as Plaid finds. */
const foundMax = 10

function search(context: Context, body: BodyOf<typeof SEARCH>): object {
  const { country_codes, query } = body
  const options = body.options ?? {}
  const found = OFFERED.filter(
    (institution) =>
      isWanted(institution, { country_codes, products: body.products, oauth: options.oauth }) &&
      isCalled(institution, query),
  )
  return {
    institutions: found
      .slice(0, foundMax)
      .map((institution) => institutionBody(context, institution, options)),
  }
}

interface Wanted {
  country_codes: readonly string[]
  products: readonly string[] | null | undefined
  oauth: boolean | null | undefined
}

function isWanted(institution: Institution, { country_codes, products, oauth }: Wanted): boolean {
  return (
    country_codes.includes(institution.country) &&
    (products ?? []).every((product) => institution.products.includes(product)) &&
    (oauth ?? institution.oauth) === institution.oauth
  )
}

/** Those that can be; an error where none of those given can. */
function routingNumbers(given: readonly string[] | null | undefined): readonly string[] {
  const valid = (given ?? []).filter(isRoutingNumber)
  if (valid.length === 0 && (given ?? []).length > 0) {
    throw new PlaidFault('INVALID_FIELD', 'options.routing_numbers: no routing number is valid')
  }
  return valid
}
