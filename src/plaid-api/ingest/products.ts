// What is pulled of an Item beside its accounts and transactions: each product by a reader of its
// own, and none holds another back (L7). A reader's answer is all there is; it is published when it
// is whole, so that a pull which ends in the middle takes nothing for gone (L1).
import { catalog } from '../../catalog/catalog.ts'
import type { Stream, StreamProduct } from '../../catalog/stream.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import { isNone, isUnavailable, NOT_READY } from '../../plaid/errors.ts'
import type { Pool } from '../../postgres/pool.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { classify, isAbort, type TartanError } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import { Misfits } from '../door.ts'
import type { Product } from '../shapes.ts'
import { openFeed } from '../store/feed.ts'
import { checkLease, type LeasedItem } from '../store/item.ts'
import { noteProduct, noteUnavailable, replaceMisfits } from '../store/product.ts'
import { keysOfOthers, publishGone, publishRows } from '../store/stream-row.ts'
import type { StreamRow } from '../stream-row.ts'
import { identity } from './products/identity.ts'
import { investments } from './products/investments.ts'
import { liabilities } from './products/liabilities.ts'
import { type Answered, asker, type ProductReader } from './products/product.ts'
import { recurring } from './products/recurring.ts'

const readers: readonly ProductReader[] = [recurring, investments, liabilities, identity]

export interface ProductsContext {
  pool: Pool
  plaid: PlaidClient
  /** Which are pulled: Plaid bills by product. */
  products: readonly StreamProduct[]
  /** For tests: called between two steps that a crash may come between. */
  onStep?: (step: string) => Promise<void>
}

/** A publishing transaction holds the feed's clock: this bounds for how long (L9). */
const publishRowsMax = 5_000

/** Those beside transactions that are pulled of every Item. */
export function pulledProducts({ products }: Pick<ProductsContext, 'products'>): ProductReader[] {
  return readers.filter(({ product }) => products.includes(product))
}

/** Those that a person agrees to at Link; what derives from transactions goes with them. */
export function linkedProducts(context: Pick<ProductsContext, 'products'>): StreamProduct[] {
  return pulledProducts(context).flatMap(({ product, isListed }) => (isListed ? [product] : []))
}

/**
 * `listed`: what Plaid says that the Item may be asked for; undefined where it does not say. What
 * fails is noted at the Item, by product, and given back.
 */
export async function pullProducts(
  context: ProductsContext,
  item: LeasedItem,
  token: Secret,
  listed: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Map<Product, TartanError>> {
  const failures = new Map<Product, TartanError>()
  for (const reader of pulledProducts(context)) {
    const { product } = reader
    signal.throwIfAborted()
    await context.onStep?.(product)
    if (reader.isListed && listed && !listed.includes(product)) {
      await noted(context, item, (db) => noteUnavailable(db, item.item_id, product, notListed))
      continue
    }
    try {
      await pullProduct(context, item, token, reader, signal)
    } catch (error) {
      const failure = classify(error)
      if (isAbort(error) || failure.code === 'LEASE_LOST') throw error
      const isFailure = await noteFailed(context, item, reader, failure)
      if (isFailure) failures.set(product, failure)
    }
  }
  return failures
}

export const notListed = 'PRODUCTS_NOT_SUPPORTED: Plaid lists it neither as available nor as billed'

async function pullProduct(
  context: ProductsContext,
  item: LeasedItem,
  token: Secret,
  reader: ProductReader,
  signal: AbortSignal,
): Promise<void> {
  const misfits = new Misfits()
  const ask = asker(context.plaid, token, signal)
  const answered = await reader.read({ itemId: item.item_id, ask, misfits })
  for (const one of answered) await publish(context, item, one, misfits)
  await noted(context, item, async (db) => {
    for (const { stream } of answered) {
      const of = misfits.list().filter((one) => one.stream === stream.name)
      await replaceMisfits(db, item.item_id, stream.name, of)
    }
    await noteProduct(db, item.item_id, reader.product, undefined)
  })
}

async function publish(
  context: ProductsContext,
  item: LeasedItem,
  { stream, rows, since }: Answered,
  misfits: Misfits,
): Promise<void> {
  for (let at = 0; at < rows.length; at += publishRowsMax) {
    await context.onStep?.(`publish ${stream.name}`)
    const part = rows.slice(at, at + publishRowsMax)
    const others = await noted(context, item, (db) => publishOwn(db, item, stream, part))
    if (others > 0) misfits.tell(stream.name, stream.primaryKey[0] ?? '', 'of_another_item', others)
  }
  if (stream.deletion.kind === 'none') return
  const keys = rows.map(({ key }) => key)
  for (let gone = publishRowsMax; gone === publishRowsMax;) {
    await context.onStep?.(`publish ${stream.name}`)
    const of = { stream: stream.name, itemId: item.item_id, since }
    gone = await noted(context, item, async (db) => {
      return (await publishGone(db, of, keys, publishRowsMax)).removed
    })
  }
}

/** What another Item has stays that one's: a bank that names it is wrong. Gives how many. */
async function publishOwn(
  db: Db,
  { item_id: itemId }: LeasedItem,
  { name }: Stream,
  rows: readonly StreamRow[],
): Promise<number> {
  const keys = rows.map(({ key }) => key)
  const others = await keysOfOthers(db, name, itemId, keys)
  const own = others.size === 0 ? rows : rows.filter(({ key }) => !others.has(key))
  await publishRows(db, name, own)
  return others.size
}

/** Where the Item has none of it any more, what was there goes; else it stays as it was. */
async function noteFailed(
  context: ProductsContext,
  item: LeasedItem,
  { product }: ProductReader,
  { code, message }: TartanError,
): Promise<boolean> {
  const isAway = isUnavailable(code)
  if (isNone(code)) {
    for (const stream of catalog.filter((one) => one.product === product)) {
      await publish(context, item, { stream, rows: [] }, new Misfits())
    }
  }
  await noted(context, item, (db) =>
    isAway
      ? noteUnavailable(db, item.item_id, product, `${code}: ${message}`)
      : noteProduct(db, item.item_id, product, { code, message }),
  )
  return !isAway && code !== NOT_READY
}

/** One transaction under the lease: who lost it commits nothing (L6). */
function noted<T>(
  { pool }: ProductsContext,
  item: LeasedItem,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  return tx(pool, async (db) => {
    await checkLease(db, item)
    await openFeed(db)
    return work(db)
  })
}
