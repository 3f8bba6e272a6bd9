// Institutions, as the directory shows them: all of them, those that match, or one.
import { Type } from 'typebox'
import { PlaidFault } from '../../fault.ts'
import { type Bank, bankById, BANKS } from '../../world/institutions.ts'
import { institutionBody } from '../bodies.ts'
import type { Context } from '../../context.ts'
import { type Endpoint, endpoint } from '../endpoint.ts'
import { type BodyOf, any, bool, codes, maybe, products, text } from '../fields.ts'

const some = Type.Optional(Type.Union([products, Type.Null()]))
const boolOrNull = Type.Optional(Type.Union([Type.Boolean(), Type.Null()]))
const METADATA = {
  include_optional_metadata: bool,
  include_auth_metadata: boolOrNull,
  include_payment_initiation_metadata: boolOrNull,
}

const GET = {
  count: Type.Integer({ minimum: 1, maximum: 500 }),
  offset: Type.Integer({ minimum: 0 }),
  country_codes: codes,
  options: maybe({ ...METADATA, products: some, routing_numbers: some, oauth: boolOrNull }),
}
const SEARCH = {
  query: text,
  country_codes: codes,
  products: some,
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
    const bank = bankById(body.institution_id)
    if (bank === undefined || !body.country_codes.includes(bank.country)) {
      throw new PlaidFault('INVALID_INSTITUTION')
    }
    return { institution: institutionBody(context, bank, body.options ?? {}) }
  }),
]

function list(context: Context, body: BodyOf<typeof GET>): object {
  const { offset, count, country_codes } = body
  const options = body.options ?? {}
  const numbers = routingNumbers(options.routing_numbers)
  const found = BANKS.filter(
    (bank) =>
      isWanted(bank, { country_codes, products: options.products, oauth: options.oauth }) &&
      numbers.every((number) => bank.routingNumbers.includes(number)),
  )
  return {
    institutions: found
      .slice(offset, offset + count)
      .map((bank) => institutionBody(context, bank, options)),
    total: found.length,
  }
}

/** As many as Plaid finds. */
const foundMax = 10

function search(context: Context, body: BodyOf<typeof SEARCH>): object {
  const { country_codes, query } = body
  const options = body.options ?? {}
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const found = BANKS.filter(
    (bank) =>
      isWanted(bank, { country_codes, products: body.products, oauth: options.oauth }) &&
      words.every((word) => bank.name.toLowerCase().includes(word)),
  )
  return {
    institutions: found.slice(0, foundMax).map((bank) => institutionBody(context, bank, options)),
  }
}

interface Wanted {
  country_codes: readonly string[]
  products: readonly string[] | null | undefined
  oauth: boolean | null | undefined
}

function isWanted(bank: Bank, { country_codes, products, oauth }: Wanted): boolean {
  return (
    country_codes.includes(bank.country) &&
    (products ?? []).every((product) => bank.products.includes(product)) &&
    (oauth ?? bank.oauth) === bank.oauth
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

const WEIGHTS = [3, 7, 1] as const

/** Nine digits, the last of which checks the others. */
function isRoutingNumber(number: string): boolean {
  if (!/^\d{9}$/.test(number)) return false
  const sum = Array.from(number).reduce(
    (all, digit, i) => all + Number(digit) * (WEIGHTS[i % 3] ?? 0),
    0,
  )
  return sum % 10 === 0
}
