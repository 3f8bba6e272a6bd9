// What the bank knows of an Item's accounts at its last look: the ground on which everything beyond
// transactions is derived.
import type { AccountBase } from 'plaid'
import type { WorldAccount } from '../world/account.ts'
import type { Draft } from '../world/lifecycle.ts'
import type { Market } from '../world/market.ts'
import type { Customer } from './identity.ts'
import type { Ledger } from '../item/ledger.ts'

export interface Look {
  at: number
  customer: Customer
  market: Market
  accounts: LookAccount[]
}

export interface LookAccount {
  /** As Plaid shows it. */
  base: AccountBase
  accountId: string
  /** Its place at the bank. */
  place: number
  known: WorldAccount
  currency: string
  /** All that happened to it by the day of the look; some of it later than the look. */
  drafts: readonly Draft[]
}

export function lookAt(ledger: Ledger, customer: Customer, market: Market): Look {
  const drafts = ledger.drafts()
  const bodies = new Map(ledger.accounts().map((base) => [base.account_id, base]))
  const accounts = ledger.offers().flatMap(({ place, accountId, account }): LookAccount[] => {
    const base = bodies.get(accountId ?? '')
    if (base === undefined) return []
    const own = drafts.filter((draft) => draft.account === place)
    const currency = account.currency ?? customer.institution.currency
    return [{ base, accountId: base.account_id, place, known: account, currency, drafts: own }]
  })
  return { at: ledger.pulledAt, customer, market, accounts }
}
