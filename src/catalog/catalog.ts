// The dictionary of streams, in the order in which a sync reads them: accounts come after
// transactions, so that no transaction arrives whose account is not there.
import { accounts } from './accounts.ts'
import type { Stream } from './stream.ts'
import { transactions } from './transactions.ts'

export const catalog: readonly Stream[] = [transactions, accounts]
