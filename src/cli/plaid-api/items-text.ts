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
    item.error_message,
  ])
  const table = formatTable(['institution', 'item', 'state', 'read', 'trouble'], rows)
  const advice = items.flatMap((item) => (item.advice === null ? [] : [adviceText(item)]))
  return [table, ...advice].join('\n')
}

export function adviceText({ institution_name: name, item_id: id, advice }: Item): string {
  return `! ${name ?? 'Item'} ${id}: ${advice}`
}
