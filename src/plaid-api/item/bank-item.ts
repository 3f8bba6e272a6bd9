// The Item as Plaid describes it beside every list of accounts: what it was linked with and what it
// is billed for. Its row in the feed has this behind what the service itself knows of it.
import { items } from '../../catalog/items.ts'
import { Misfits } from '../door.ts'
import { bodyText, columnsOf, extraOf, fitted, namesOf, teller } from '../row.ts'

export interface BankItem {
  /** The columns that are Plaid's, as the end of a body. */
  body: string
  /** Those that may be asked for, billed or not; undefined: Plaid does not say. */
  products: readonly string[] | undefined
}

const PLAIDS = [
  'webhook',
  'auth_method',
  'update_type',
  'available_products',
  'billed_products',
  'products',
  'consented_products',
  'extra',
]
const COLUMNS = columnsOf(items).filter(({ field }) => PLAIDS.includes(field))
/** Those that our own columns say, and the error, which is told as a status. */
const NAMES = namesOf(COLUMNS, [
  'item_id',
  'institution_id',
  'institution_name',
  'consent_expiration_time',
  'error',
])

export function bankItem(given: Record<string, unknown>, misfits = new Misfits()): BankItem {
  const tell = teller(misfits, items)
  const row = fitted(COLUMNS, given, { extra: extraOf(given, NAMES) }, tell)
  const listed = [row['available_products'], row['billed_products']]
  const isSaid = listed.every((list) => Array.isArray(list))
  const products = isSaid ? (listed.flat() as string[]) : undefined
  return { body: bodyText(row, tell), products }
}
