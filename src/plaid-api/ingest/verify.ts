// Whether the store holds what the bank says now: the whole history is read again, staged, and
// compared by the database. What the bank has for us already is pulled first; it is new, not wrong.
// A large history takes Plaid most of an hour, so it is read in slices: each call goes on where the
// last one was, whatever happened between, and gives the Item's lease back (L6, L9).
import { classify, isAbort, TransientError } from '../../std/errors.ts'
import { type Secret, unseal } from '../../std/secrets.ts'
import { tx } from '../../postgres/query.ts'
import { isPulled } from '../item/life.ts'
import type { AccountList } from '../item/accounts.ts'
import { endedError } from '../item/removal.ts'
import { notPulled } from '../item/view.ts'
import { checkLease, itemStatus, type LeasedItem } from '../store/item.ts'
import { findLoop, insertLoop } from '../store/loop.ts'
import { compareAccounts, findDifferences } from '../store/verify.ts'
import { withLease } from './lease.ts'
import { forgetLoop, readLoop } from './loop.ts'
import { restartsMax } from './paging.ts'
import { recorded } from './record.ts'
import { noCounts, pullSettled, type PullContext, type Pulled } from './pull.ts'
import { compareStreams } from './verify-streams.ts'
import type { VerifyReport } from '../verify-shapes.ts'

/** How many ids of each kind of difference are named. */
const idsMax = 100
/** For so long pages are read in one call; whoever asked has an answer soon after. */
const sliceMsMax = 20_000

export async function verifyItem(
  context: PullContext,
  itemId: string,
  signal: AbortSignal,
  sliceMs = sliceMsMax,
): Promise<VerifyReport> {
  const status = await itemStatus(context.pool, itemId)
  if (status === 'removed' || status === 'erased') throw endedError(status)
  if (!isPulled(status)) throw await notPulled(context.pool, itemId)
  const report = await withLease(context.pool, itemId, signal, async (item, leased) => {
    try {
      return await verifySlice(context, item, leased, AbortSignal.timeout(sliceMs))
    } catch (error) {
      if (isAbort(error)) throw error
      const { code, message } = classify(error)
      return { ...reportOf(item, 'unreadable'), error: { code, message } }
    }
  })
  if (report) return report
  throw new TransientError('ITEM_BUSY', `Item ${itemId} is being pulled; ask again in a moment`, {
    status: 409,
  })
}

async function verifySlice(
  context: PullContext,
  item: LeasedItem,
  signal: AbortSignal,
  until: AbortSignal,
): Promise<VerifyReport> {
  const begun = await findLoop(context.pool, item.item_id, 'verify')
  let now = item
  let listed: AccountList | undefined
  if (begun === undefined || begun.pages === 0) {
    const { cursor, isPaused, accounts } = await pulled(context, item, signal, until)
    if (isPaused) return { ...reportOf(item, 'reading'), pages: 0 }
    now = { ...item, cursor }
    listed = accounts
  }
  const token = unseal(context.key, item.item_id, item.access_token)
  const request = { purpose: 'verify', mode: 'full', until } as const
  const { end, pages } = await readLoop(context, now, token, request, signal)
  if (end === 'paused') return { ...reportOf(item, 'reading'), pages }
  if (end === 'not ready') {
    throw new TransientError('NOT_READY', 'the bank has not given its history yet')
  }
  let compared = await compareNow(context, now, token, listed, signal)
  if (compared.status === 'different') {
    const isMore = await hasMoved(context, now, signal, until)
    if (isMore) return { ...reportOf(item, 'reading'), pages: 0 }
    // What else has moved was pulled by that.
    compared = await compareNow(context, now, token, undefined, signal)
  }
  await forgetLoop(context.pool, item, 'verify')
  return compared
}

async function pulled(
  context: PullContext,
  item: LeasedItem,
  signal: AbortSignal,
  until: AbortSignal,
  counts = noCounts(),
): Promise<Pulled> {
  const request = { mode: 'incremental', until } as const
  const { item_id: itemId } = item
  const record = { itemId, trigger: 'verify', mode: 'incremental', counts } as const
  const result = await recorded(context.pool, record, () =>
    pullSettled(context, item, request, signal, counts),
  )
  const failure = result.failures.get('transactions')
  if (failure) throw failure
  return result
}

/**
 * A bank that changed while it was read looks different from what was pulled: where there was more
 * to pull, the reading begins again. How often that may be is counted with it.
 */
async function hasMoved(
  context: PullContext,
  item: LeasedItem,
  signal: AbortSignal,
  until: AbortSignal,
): Promise<boolean> {
  const restarts = (await findLoop(context.pool, item.item_id, 'verify'))?.restarts ?? 0
  const counts = noCounts()
  const { isPaused } = await pulled(context, item, signal, until, counts)
  const isMore = counts.added + counts.modified + counts.removed > 0
  if (!isPaused && (!isMore || restarts >= restartsMax)) return false
  await forgetLoop(context.pool, item, 'verify')
  if (isPaused) return true // the next slice goes on with the pull
  const again = { purpose: 'verify', mode: 'full', base: '', cursor: '' } as const
  await tx(context.pool, async (db) => {
    await checkLease(db, item)
    await insertLoop(db, item.item_id, { ...again, restarts: restarts + 1 })
  })
  return true
}

async function compareNow(
  context: PullContext,
  item: LeasedItem,
  token: Secret,
  listed: AccountList | undefined,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const accounts = await compareAccounts(context.pool, item.item_id)
  const differences = await findDifferences(context.pool, item.item_id, idsMax)
  const { streams, failure } = await compareStreams(
    context,
    item,
    { token, listed, idsMax },
    signal,
  )
  const isEqual = differences.total === 0 && streams.every(({ total }) => total === 0)
  const status = !isEqual ? 'different' : failure ? 'unreadable' : 'equal'
  const error = failure && { code: failure.code, message: failure.message }
  return { ...reportOf(item, status), accounts, ...differences, streams, ...(error && { error }) }
}

function reportOf(item: LeasedItem, status: VerifyReport['status']): VerifyReport {
  const { item_id, institution_name } = item
  return { item_id, institution_name, status, accounts: [] }
}
