// Linked Items for a person to read: `status` and `plaid-accounts` show the same.
import type { Item } from '../../plaid-api/item/view.ts'
import { type Cell, formatTable } from '../print.ts'

export const noBank = 'No bank is linked yet: run make plaid-link-token'

export function itemsText(items: Item[]): string {
  if (items.length === 0) return noBank
  const rows = items.map((item): Cell[] => [
    item.institution_name,
    item.item_id,
    item.status,
    item.pulled_at,
    troubleOf(item),
  ])
  const table = formatTable(['institution', 'item', 'state', 'read', 'trouble'], rows)
  const advice = items.flatMap((item) => (item.advice === null ? [] : [adviceText(item)]))
  return [table, ...advice].join('\n')
}

export function adviceText({ institution_name: name, item_id: id, advice }: Item): string {
  return `! ${name ?? 'Item'} ${id}: ${advice}`
}

/** What failed, and what of the bank's answers did not fit. */
function troubleOf(item: Item): string | null {
  const failed = item.products.flatMap(({ product, error_message: said }) =>
    said === null || said === item.error_message ? [] : [`${product}: ${said}`],
  )
  const misfits = item.misfits.map(
    ({ stream, field, reason, records }) => `${stream}.${field} ${reason}: ${records}`,
  )
  const all = [item.error_message, ...failed, ...misfits].filter((said) => said !== null)
  return all.length === 0 ? null : all.join('; ')
}
