// Transaction codes: banks in Europe say what kind of payment a row is, the others do not.
import type { Transaction } from 'plaid'
import { primaryOf } from './categories.ts'
import type { Payee } from './payee.ts'
import type { Country } from './places.ts'

export function codeOf(
  payee: Payee,
  country: Country,
  cents: number,
): Transaction['transaction_code'] {
  if (country !== 'GB') return null
  return kindOf(payee, cents) as Transaction['transaction_code']
}

function kindOf({ category, channel, meta }: Payee, cents: number): string {
  const primary = primaryOf(category)
  if (category === 'TRANSFER_OUT_WITHDRAWAL') return 'atm'
  if (category.includes('INTEREST')) return 'interest'
  if (primary === 'BANK_FEES') return 'bank charge'
  if (meta?.payment_method === 'Check') return 'cheque'
  if (primary.startsWith('TRANSFER') || primary === 'INCOME') return 'transfer'
  if (category === 'RENT_AND_UTILITIES_RENT') return 'standing order'
  if (channel === 'other') return cents < 0 ? 'transfer' : 'direct debit'
  return cents < 0 ? 'refund' : 'purchase'
}
