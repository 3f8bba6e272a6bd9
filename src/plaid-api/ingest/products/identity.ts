// Whose the accounts are. An owner has no id: its place in its account's list tells it apart.
import { identityOwners } from '../../../catalog/identity-owners.ts'
import { isRecord } from '../../door.ts'
import { streamRows } from '../../stream-row.ts'
import { listOf, type ProductReader } from './product.ts'

export const identity: ProductReader = {
  product: 'identity',
  isListed: true,
  read: async ({ ask, itemId, misfits }) => {
    const accounts = listOf(await ask('/identity/get'), 'accounts')
    const rows = accounts.flatMap((account) => {
      const { account_id, owners } = isRecord(account) ? account : {}
      let place = 0
      return streamRows(identityOwners, owners, misfits, () => ({
        account_id,
        item_id: itemId,
        owner: String(++place),
      }))
    })
    return [{ stream: identityOwners, rows }]
  },
}
