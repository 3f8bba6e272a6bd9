// What `status` and `plaid-accounts` say of the banks.
import { expect, test } from 'vitest'
import { itemsText, noBank } from '../../src/cli/plaid-api/items-text.ts'
import type { Item } from '../../src/plaid-api/shapes.ts'

function item(name: string, status: Item['status']): Item {
  const empty = { pulled_at: null, error_message: null, advice: null, products: [], misfits: [] }
  return { ...empty, item_id: `of ${name}`, institution_name: name, status } as unknown as Item
}

test('an erased Item is no linked bank: it is counted, not listed', () => {
  const text = itemsText([item('Platypus', 'healthy'), item('Gingham', 'erased')])
  expect(text).toContain('Platypus')
  expect(text).not.toContain('Gingham')
  expect(text.split('\n').at(-1)).toBe('1 Item erased before')
  expect(itemsText([item('Gingham', 'erased')])).toBe(`${noBank}\n1 Item erased before`)
  expect(itemsText([])).toBe(noBank)
})
