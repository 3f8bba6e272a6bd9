// Linked Items for a person to read: `status` and `plaid-accounts` show the same.
import { type Cell, formatCount, formatTable } from '../print.ts'
import type { Item } from '../../plaid-api/shapes.ts'

export const noBank = 'No bank is linked yet: run make plaid-link-token'

/** One that was erased is no linked bank: it is counted only. */
export function itemsText(all: Item[]): string {
  const items = all.filter(({ status }) => status !== 'erased')
  const gone = all.length - items.length
  const erased = gone === 0 ? [] : [`${formatCount(gone, 'Item')} erased before`]
  if (items.length === 0) return [noBank, ...erased].join('\n')
  const rows = items.map((item): Cell[] => [
    item.institution_name,
    item.item_id,
    item.status,
    item.pulled_at,
    troubleOf(item),
  ])
  const table = formatTable(['institution', 'item', 'state', 'read', 'trouble'], rows)
  const advice = items.flatMap((item) => (item.advice === null ? [] : [adviceText(item)]))
  return [table, ...erased, ...advice].join('\n')
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
