// The dictionary of streams, in the order in which a sync reads them: what a row refers to comes
// after it, so that no transaction arrives whose account is not there.
import { accounts } from './accounts.ts'
import { balances } from './balances.ts'
import { categories } from './categories.ts'
import { identityOwners } from './identity-owners.ts'
import { institutions } from './institutions.ts'
import { investmentHoldings } from './investment-holdings.ts'
import { investmentTransactions } from './investment-transactions.ts'
import { items } from './items.ts'
import { liabilitiesCredit } from './liabilities-credit.ts'
import { liabilitiesMortgage } from './liabilities-mortgage.ts'
import { liabilitiesStudent } from './liabilities-student.ts'
import { recurringStreams } from './recurring-streams.ts'
import { securities } from './securities.ts'
import type { Stream, StreamProduct } from './stream.ts'
import { syncRuns } from './sync-runs.ts'
import { transactions } from './transactions.ts'
import { webhookEvents } from './webhook-events.ts'

export const catalog: readonly Stream[] = [
  recurringStreams,
  transactions,
  investmentTransactions,
  investmentHoldings,
  securities,
  liabilitiesCredit,
  liabilitiesMortgage,
  liabilitiesStudent,
  identityOwners,
  balances,
  accounts,
  webhookEvents,
  syncRuns,
  items,
  institutions,
  categories,
]

/** The streams that have rows where these products are pulled; transactions always are. */
export function streamsOf(pulled: readonly StreamProduct[]): Stream[] {
  const has = new Set<StreamProduct | null>([null, 'transactions', ...pulled])
  return catalog.filter(({ product }) => has.has(product))
}
