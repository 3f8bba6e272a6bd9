// A custom user's accounts: what the JSON says of them, and what is drawn where it says nothing.
import { account, type WorldAccount } from '../account.ts'
import { centsOf } from '../money.ts'
import { type Draws, drawsFor, keyOf } from '../random.ts'
import type { CustomAccount, CustomUser } from './schema.ts'

/** Who gives no accounts has these. */
const DEFAULTS: readonly CustomAccount[] = [
  { type: 'depository', subtype: 'checking' },
  { type: 'depository', subtype: 'savings' },
  { type: 'credit', subtype: 'credit card' },
]

const SUBTYPE: Readonly<Record<string, string>> = {
  depository: 'checking',
  credit: 'credit card',
  loan: 'student',
  investment: 'brokerage',
  payroll: 'payroll',
}

/** What is drawn where nothing is given, in whole dollars. */
const BALANCES: Readonly<Record<string, [low: number, high: number]>> = {
  depository: [480, 9_400],
  credit: [60, 2_300],
  loan: [7_800, 41_000],
  investment: [4_200, 68_000],
}

export interface Opened {
  given: CustomAccount
  account: WorldAccount
  /** On it, or owed, when the Item is made. */
  startCents: number
}

/** `openingCents` is what was there then; who knows the history takes it away (persona.ts). */
export function openAccounts(user: CustomUser, seed: string): Opened[] {
  const given = user.override_accounts ?? []
  return (given.length === 0 ? DEFAULTS : given).map((each, place) =>
    open(each, drawsFor(keyOf(`custom/${seed}/accounts`), place)),
  )
}

function open(given: CustomAccount, draws: Draws): Opened {
  const { type, meta = {}, numbers = {} } = given
  const subtype = given.subtype ?? SUBTYPE[type] ?? 'other'
  const range = BALANCES[type]
  const drawn = range === undefined ? 0 : draws.whole(...range) * 100 + draws.whole(0, 99)
  const startCents =
    given.starting_balance === undefined ? (worth(given) ?? drawn) : centsOf(given.starting_balance)
  const mask = meta.mask ?? numbers.account?.slice(-4) ?? String(draws.whole(1_000, 9_999))
  const limit = meta.limit === undefined ? null : centsOf(meta.limit)
  const drawnLimit = draws.whole(5, 15) * 100_000
  // Plaid answers with no type of this name
  const shownType = type === 'payroll' ? 'other' : (type as WorldAccount['type'])
  const names: [string, string | null, string | null] = [
    meta.name ?? titled(subtype),
    meta.official_name ?? null,
    mask === '' ? null : mask,
  ]
  const opened = account([shownType, subtype], names, startCents, {
    limitCents: type === 'credit' && limit === null ? drawnLimit : limit,
    currency: given.currency ?? null,
    custom: given,
  })
  if (given.has_null_available_balance === true) opened.availableCents = null
  if (given.force_available_balance !== undefined) {
    opened.availableCents = centsOf(given.force_available_balance)
  }
  return { given, account: opened, startCents }
}

/** What the JSON's other fields say that is there, or owed. */
function worth({ holdings, liability }: CustomAccount): number | undefined {
  if (liability?.principal !== undefined) return centsOf(liability.principal)
  if (holdings === undefined || holdings.length === 0) return undefined
  return centsOf(holdings.reduce((sum, each) => sum + each.institution_price * each.quantity, 0))
}

function titled(subtype: string): string {
  return `Plaid ${subtype.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())}`
}
