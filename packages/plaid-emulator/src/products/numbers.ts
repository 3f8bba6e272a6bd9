// The numbers by which money reaches an account: of the account's country, with check digits that
// are right, ending as the account's mask does.
import type {
  AuthGetNumbers,
  NumbersACH,
  NumbersBACS,
  NumbersEFT,
  NumbersInternational,
} from 'plaid'
import type { WorldAccount } from '../world/account.ts'
import type { CustomAccount } from '../world/custom/schema.ts'
import type { Institution } from '../world/institutions.ts'
import { drawAt, drawsFor, keyOf } from '../world/random.ts'
import { type Customer, personKey } from './identity.ts'

export interface Numbered {
  accountId: string
  /** Its place at the bank. */
  place: number
  known: WorldAccount
}

export function numbersOf(customer: Customer, accounts: readonly Numbered[]): AuthGetNumbers {
  const numbers: AuthGetNumbers = { ach: [], bacs: [], eft: [], international: [] }
  for (const account of accounts) {
    const given = account.known.custom?.numbers
    const { country } = customer.institution
    if (country === 'US') numbers.ach.push(ach(customer, account))
    if (country === 'CA' || given?.eft_institution !== undefined) {
      numbers.eft.push(eft(customer, account))
    }
    if (country === 'GB' || given?.bacs_sort_code !== undefined) {
      numbers.bacs.push(bacs(customer, account))
    }
    if (country === 'GB' || given?.international_iban !== undefined) {
      numbers.international.push(international(customer, account))
    }
  }
  return numbers
}

/** How many digits the number of an account has, where its bank is. */
const DIGITS = { US: 12, CA: 12, GB: 8 } as const

export function accountNumber(
  { institution, ...customer }: Customer,
  { place, known }: Numbered,
): string {
  const own = institution.country === 'US' ? known.numbers : undefined
  const given: CustomAccount['numbers'] = { ...own, ...known.custom?.numbers }
  const whole = given.account ?? given.international_iban
  if (whole !== undefined) return whole
  const draws = drawsFor(personKey({ institution, ...customer }), 1_000 + place)
  const mask = /^\d{2,4}$/.exec(known.mask ?? '')?.[0] ?? ''
  let digits = String(draws.whole(1, 9))
  while (digits.length < DIGITS[institution.country] - mask.length)
    digits += String(draws.whole(0, 9))
  return digits + mask
}

function ach(customer: Customer, account: Numbered): NumbersACH {
  const { numbers, custom } = account.known
  const given = { ...numbers, ...custom?.numbers }
  const [routing = '', wire = null] = customer.institution.routingNumbers
  return {
    account: accountNumber(customer, account),
    account_id: account.accountId,
    is_tokenized_account_number: false,
    routing: given.ach_routing ?? routing,
    wire_routing: given.ach_wire_routing ?? wire ?? routing,
  }
}

function eft(customer: Customer, account: Numbered): NumbersEFT {
  const given = account.known.custom?.numbers
  return {
    account: accountNumber(customer, account),
    account_id: account.accountId,
    branch: given?.eft_branch ?? institutionDigits(customer.institution, 'branch', 5),
    institution:
      given?.eft_institution ?? institutionDigits(customer.institution, 'institution', 3),
  }
}

function bacs(customer: Customer, account: Numbered): NumbersBACS {
  return {
    account: accountNumber(customer, account),
    account_id: account.accountId,
    sort_code: sortCode(customer.institution, account.known.custom?.numbers),
  }
}

function international(customer: Customer, account: Numbered): NumbersInternational {
  const given = account.known.custom?.numbers
  const code = sortCode(customer.institution, given)
  const bban = `${PLAID_BANK}${code}${accountNumber(customer, account)}`
  return {
    account_id: account.accountId,
    bic: given?.international_bic ?? `${PLAID_BANK}GB2L`,
    iban: given?.international_iban ?? ibanOf('GB', bban),
  }
}

/** The bank's part of its international numbers; nobody's. */
const PLAID_BANK = 'PLDQ'

function sortCode(institution: Institution, given: CustomAccount['numbers']): string {
  return given?.bacs_sort_code ?? institutionDigits(institution, 'sort code', 6)
}

/** So many digits that are the bank's. */
function institutionDigits(institution: Institution, what: string, digits: number): string {
  const draw = drawAt(keyOf(`banks/${institution.id}/${what}`), 0) % 10 ** digits
  return String(draw).padStart(digits, '0')
}

/** With the check digits of ISO 13616: the whole, its head at its end, is 1 modulo 97. */
function ibanOf(country: string, bban: string): string {
  const check = 98 - modulo97(`${bban}${country}00`)
  return `${country}${String(check).padStart(2, '0')}${bban}`
}

function modulo97(text: string): number {
  let rest = 0
  for (const character of text) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest
}
