// Which bank a person means, and what is said where it is not one that the command is for.
import { expect, test } from 'vitest'
import type { PlaidApi } from '../../src/server/client/plaid-api.ts'
import { findBank } from '../../src/cli/plaid-api/banks.ts'
import type { Item } from '../../src/plaid-api/shapes.ts'

function item(name: string, status: Item['status']): Item {
  return { item_id: `of ${name}`, institution_name: name, institution_id: null, status } as Item
}

/** As much of the client as the search asks for. */
const api = {
  async *items() {
    yield item('First Platypus Bank', 'healthy')
    yield item('Tartan Bank', 'held')
  },
} as unknown as PlaidApi

const isHeld = ({ status }: Item) => status === 'held'

test('a bank that is there and not meant is named with its state', async () => {
  await expect(findBank(api, 'platypus', isHeld, 'a second link')).rejects.toMatchObject({
    code: 'BANK_UNFIT',
    message:
      'First Platypus Bank, Item of First Platypus Bank, is healthy: it is not a second link',
  })
})

test('a bank that is not there is unknown, one that is meant is found', async () => {
  await expect(findBank(api, 'nosuch', isHeld, 'a second link')).rejects.toMatchObject({
    code: 'BANK_UNKNOWN',
  })
  expect(await findBank(api, 'tartan', isHeld, 'a second link')).toMatchObject({ status: 'held' })
})
