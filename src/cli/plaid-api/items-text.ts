// Linked Items for a person to read: `status` and `plaid-accounts` show the same.
import type { Item } from '../../plaid-api/store/item.ts'
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
  return formatTable(['institution', 'item', 'state', 'read', 'trouble'], rows)
}
