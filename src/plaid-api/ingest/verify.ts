// Whether the store holds what the bank says now: the whole history is read again under the
// Item's lease, so that no pull moves beneath it, staged, and compared by the database. What the
// bank has for us already is pulled first; it is new, not wrong.
import { classify, isAbort, TransientError } from '../../std/errors.ts'
import { unseal } from '../../std/secrets.ts'
import { tx } from '../../postgres/query.ts'
import { isPulled } from '../item/life.ts'
import { endedError } from '../item/removal.ts'
import { notPulled } from '../item/view.ts'
import { checkLease, itemStatus, type LeasedItem } from '../store/item.ts'
import { dropLoop } from '../store/loop.ts'
import {
  type AccountComparison,
  compareAccounts,
  type Differences,
  findDifferences,
} from '../store/verify.ts'
import { withLease } from './lease.ts'
import { readLoop } from './loop.ts'
import { pullLeased, type PullContext } from './pull.ts'

export interface VerifyReport extends Partial<Differences> {
  item_id: string
  institution_name: string | null
  status: 'equal' | 'different' | 'unreadable'
  accounts: AccountComparison[]
  error?: { code: string; message: string }
}

/** How many ids of each kind of difference are named. */
const idsMax = 100

export async function verifyItem(
  context: PullContext,
  itemId: string,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const status = await itemStatus(context.pool, itemId)
  if (status === 'removed' || status === 'erased') throw endedError(status)
  if (!isPulled(status)) throw await notPulled(context.pool, itemId)
  const report = await withLease(context.pool, itemId, signal, async (item, leased) => {
    try {
      return await verifyLeased(context, item, leased)
    } catch (error) {
      if (isAbort(error)) throw error
      return unreadable(item, error)
    }
  })
  if (report) return report
  throw new TransientError('ITEM_BUSY', `Item ${itemId} is being pulled; ask again in a moment`, {
    status: 409,
  })
}

/**
 * A bank that changes while it is read looks different from what was pulled: it is read once
 * more.
 */
async function verifyLeased(
  context: PullContext,
  item: LeasedItem,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const cursor = await pullLeased(context, item, 'incremental', signal)
  const first = await compareNow(context, { ...item, cursor }, signal)
  if (first.status === 'equal') return first
  const again = await pullLeased(context, { ...item, cursor }, 'incremental', signal)
  return compareNow(context, { ...item, cursor: again }, signal)
}

async function compareNow(
  context: PullContext,
  item: LeasedItem,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const token = unseal(context.key, item.item_id, item.access_token)
  try {
    const complete = await readLoop(context, item, token, 'verify', signal)
    if (!complete) throw new TransientError('NOT_READY', 'the bank has not given its history yet')
    const accounts = await compareAccounts(context.pool, item.item_id)
    const differences = await findDifferences(context.pool, item.item_id, idsMax)
    return {
      item_id: item.item_id,
      institution_name: item.institution_name,
      status: differences.total === 0 ? 'equal' : 'different',
      accounts,
      ...differences,
    }
  } finally {
    await tx(context.pool, async (db) => {
      await checkLease(db, item)
      await dropLoop(db, item.item_id)
    })
  }
}

function unreadable(item: LeasedItem, error: unknown): VerifyReport {
  const { code, message } = classify(error)
  return {
    item_id: item.item_id,
    institution_name: item.institution_name,
    status: 'unreadable',
    accounts: [],
    error: { code, message },
  }
}
