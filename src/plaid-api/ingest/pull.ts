// One pull of one Item: its transactions' loop is read, its accounts are stored, the loop is
// published. The two are products of their own: what one of them fails of holds the other back in
// nothing (L7). Accounts are there before the rows that name them, also after a crash: the lists
// that come with the pages are staged with these, the whole list is stored before the publishing.
import { classify, isAbort, must, type TartanError } from '../../std/errors.ts'
import { unseal, type SealingKey, type Secret } from '../../std/secrets.ts'
import type { Logger } from '../../std/log.ts'
import { remedyFor } from '../../plaid/errors.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { Misfits } from '../door.ts'
import { type AccountList, adoptAccounts, askAccounts, stageReplaced } from '../item/accounts.ts'
import { requireFirstLink } from '../item/first-link.ts'
import { noteFailure, noteSuccess } from '../item/note.ts'
import { unlistedAccount } from '../row.ts'
import { leavesRowsBehind } from '../store/duplicate.ts'
import { openFeed } from '../store/feed.ts'
import {
  checkLease,
  institutionOf,
  type LeasedItem,
  moveCursor,
  waitBehind,
} from '../store/item.ts'
import { endLoop, findLoop } from '../store/loop.ts'
import { publishStaged } from '../store/publish.ts'
import { addMisfits, noteProduct } from '../store/product.ts'
import { type InstitutionContext, refreshInstitution } from './institution.ts'
import { forgetLoop, type IngestContext, readLoop, type Reading } from './loop.ts'
import { withLease } from './lease.ts'
import { type ProductsContext, pulledProducts, pullProducts } from './products.ts'
import { recorded } from './record.ts'
import type { Product, PullTrigger } from '../shapes.ts'

export interface PullContext extends IngestContext, InstitutionContext, ProductsContext {
  key: SealingKey
  pollEveryMs: number
  log: Logger
}

export interface PullCounts {
  added: number
  modified: number
  removed: number
}

export const noCounts = (): PullCounts => ({ added: 0, modified: 0, removed: 0 })

/** A publishing transaction holds the feed's clock: this bounds for how long (L9). */
export const publishRowsMax = 10_000
/** A bank that has not given its history by then is asked as often as every other. */
const historyMsMax = 86_400_000

/**
 * Pulls an Item; undefined while another process does. What goes wrong is noted at the Item,
 * where its owner sees it, and thrown; `counts` has what came all the same.
 */
export function pullItem(
  context: PullContext,
  itemId: string,
  mode: 'incremental' | 'full',
  signal: AbortSignal,
  counts = noCounts(),
  trigger: PullTrigger = 'poll',
  /** Then a long reading is left, to be gone on with. */
  sliceMs?: number,
): Promise<PullCounts | undefined> {
  return withLease(context.pool, itemId, signal, (item, leased) => {
    const until = sliceMs === undefined ? {} : { until: AbortSignal.timeout(sliceMs) }
    return recorded(context.pool, { itemId, trigger, mode, counts }, () =>
      pullNoted(context, item, { mode, ...until }, leased, counts),
    )
  })
}

async function pullNoted(
  context: PullContext,
  item: LeasedItem,
  request: PullRequest,
  leased: AbortSignal,
  counts: PullCounts,
): Promise<PullCounts> {
  let error: unknown
  let isPart = false
  try {
    const pulled = await pullSettled(context, item, request, leased, counts)
    await describeBank(context, item)
    error = worst(pulled.failures)
    isPart = pulled.failures.size < 2 + pulledProducts(context).length
    if (error === undefined && pulled.isPaused) {
      await waitBehind(context.pool, item)
      return counts
    }
    if (error === undefined) {
      await noteSuccess(context, item, !(pulled.waits && item.age_ms < historyMsMax))
      return counts
    }
  } catch (cause) {
    if (isAbort(cause)) throw cause
    error = cause
  }
  await noteFailure(context, item, error, isPart)
  throw error
}

/** Nothing of the Item's waits for it: where Plaid does not answer, the next pull asks again. */
async function describeBank(context: PullContext, item: LeasedItem): Promise<void> {
  const { institution_id: id } = item
  if (id === null) return
  await refreshInstitution(context, id).catch((error: unknown) => {
    if (isAbort(error)) throw error
    context.log.info({ institution_id: id, code: classify(error).code }, 'no institution yet')
  })
}

/** What its owner can mend is told before what passes by itself. */
function worst(failures: Map<Product, TartanError>): TartanError | undefined {
  const all = [...failures.values()]
  return all.find((one) => remedyFor(one.code) !== undefined) ?? all[0]
}

export interface PullRequest {
  mode: 'incremental' | 'full'
  until?: AbortSignal
}

export interface Pulled {
  /** The Item's cursor afterwards. */
  cursor: string
  failures: Map<Product, TartanError>
  isPaused: boolean
  /** The bank has not given all of its history yet. */
  waits: boolean
  /** As the bank listed them; undefined: it did not. */
  accounts: AccountList | undefined
}

/**
 * With a whole reading behind it, where accounts that came back under other ids left rows of which
 * nothing less can tell what has become of them.
 */
export async function pullSettled(
  context: PullContext,
  item: LeasedItem,
  request: PullRequest,
  signal: AbortSignal,
  counts: PullCounts,
): Promise<Pulled> {
  const pulled = await pullLeased(context, item, request, signal, counts)
  if (pulled.isPaused || pulled.failures.has('transactions')) return pulled
  if (!(await leavesRowsBehind(context.pool, item.item_id))) return pulled
  const known = { ...item, cursor: pulled.cursor, compared: true }
  return pullLeased(context, known, { ...request, mode: 'full' }, signal, counts)
}

async function pullLeased(
  context: PullContext,
  item: LeasedItem,
  request: PullRequest,
  signal: AbortSignal,
  counts: PullCounts,
): Promise<Pulled> {
  const token = unseal(context.key, item.item_id, item.access_token)
  const failures = new Map<Product, TartanError>()
  await attempt('transactions', failures, () => requireFirstLink(context, item, token, signal))
  const unread = failures.get('transactions')
  if (unread) {
    failures.set('accounts', unread)
    await noteProducts(context, item, failures, undefined)
    return { cursor: item.cursor, failures, isPaused: false, waits: false, accounts: undefined }
  }
  const misfits = new Misfits()
  const accounts = () =>
    attempt('accounts', failures, () => storeAccounts(context, item, token, signal))
  // What a crash left complete is published first; it is old, so the bank is asked after it.
  const left = await findLoop(context.pool, item.item_id, 'pull')
  if (left?.complete) await accounts()
  const cursor = left?.complete ? await publish(context, item, counts, signal) : item.cursor
  const now = { ...item, cursor }
  const reading = await attempt('transactions', failures, () =>
    readLoop(context, now, token, { purpose: 'pull', ...request, misfits }, signal),
  )
  await context.onStep?.('accounts')
  const list = await accounts()
  misfits.add(list?.misfits ?? new Misfits())
  tellMisfits(context, item, misfits)
  await noteProducts(context, now, failures, reading)
  const isPaused = reading?.end === 'paused'
  const isRead = reading?.end === 'complete'
  const reached = isRead ? await publish(context, now, counts, signal) : cursor
  if (!isPaused) {
    const listed = list?.bank?.products
    const others = await pullProducts(context, now, token, listed, signal)
    for (const [product, failure] of others) failures.set(product, failure)
  }
  return {
    cursor: reached,
    failures,
    isPaused,
    waits: reading?.end === 'not ready' || reading?.waits === true,
    accounts: list,
  }
}

/** No product's failure: the Item is another's, or a second link. */
const ENDS_PULL = new Set(['LEASE_LOST', 'ITEM_HELD'])

async function attempt<T>(
  product: Product,
  failures: Map<Product, TartanError>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    const result = await work()
    failures.delete(product)
    return result
  } catch (error) {
    const failure = classify(error)
    if (isAbort(error) || ENDS_PULL.has(failure.code)) throw error
    failures.set(product, failure)
    return undefined
  }
}

/** By field and reason, never by what was in it. */
function tellMisfits({ log }: PullContext, item: LeasedItem, misfits: Misfits): void {
  const list = misfits.list()
  if (list.length === 0) return
  log.warn({ item_id: item.item_id, misfits: list }, 'the bank sent what does not fit')
}

const notReady = {
  code: 'NOT_READY',
  message: 'The bank has not given its history yet: it is asked again within a minute',
}

async function noteProducts(
  { pool }: PullContext,
  item: LeasedItem,
  failures: Map<Product, TartanError>,
  reading: Reading | undefined,
): Promise<void> {
  const transactions = reading?.end === 'not ready' ? notReady : failures.get('transactions')
  await tx(pool, async (db) => {
    await checkLease(db, item)
    await noteProduct(db, item.item_id, 'accounts', failures.get('accounts'))
    await noteProduct(db, item.item_id, 'transactions', transactions)
  })
}

async function storeAccounts(
  context: PullContext,
  item: LeasedItem,
  token: Secret,
  signal: AbortSignal,
): Promise<AccountList> {
  const list = await askAccounts(context.plaid, item, token, signal)
  await tx(context.pool, async (db) => {
    await checkLease(db, item)
    await adoptAccounts(db, item, list)
  })
  return list
}

/**
 * Transactions of at most `publishRowsMax` rows; the last one moves the Item's cursor, which is
 * returned.
 */
async function publish(
  context: PullContext,
  item: LeasedItem,
  counts: PullCounts,
  signal: AbortSignal,
): Promise<string> {
  await tx(context.pool, async (db) => {
    await checkLease(db, item)
    await stageReplaced(db, item)
  })
  for (;;) {
    signal.throwIfAborted()
    await context.onStep?.('publish')
    const moved = await tx(context.pool, (db) => publishBatch(db, item, counts))
    if (moved === undefined) continue
    // After the publishing, not with it: deleting many rows must not hold the feed's clock.
    await forgetLoop(context.pool, item, 'pull')
    return moved
  }
}

async function publishBatch(
  db: Db,
  item: LeasedItem,
  counts: PullCounts,
): Promise<string | undefined> {
  const { item_id: id } = item
  await checkLease(db, item)
  await openFeed(db)
  const loop = must(await findLoop(db, id, 'pull'), 'a complete loop is there to be published')
  const unlisted = unlistedAccount(id, institutionOf(item))
  const batch = await publishStaged(db, id, publishRowsMax, unlisted)
  counts.added += batch.added
  counts.modified += batch.modified
  counts.removed += batch.removed
  if (batch.refused > 0) {
    const of = {
      stream: 'transactions',
      field: 'transaction_id',
      reason: 'of_another_item',
    } as const
    await addMisfits(db, id, [{ ...of, records: batch.refused }])
  }
  if (batch.taken === publishRowsMax) return undefined
  await moveCursor(db, item, loop.base_cursor, loop.next_cursor, loop.history_complete)
  await endLoop(db, id, 'pull')
  return loop.next_cursor
}
