// What an Item has beside its transactions, as the bank says it now, against the rows of the store.
// It is asked as a pull asks it, and made rows of in the same way; what differs is looked at by
// digest. An answer that does not come is told, and holds no other back (L7).
import { createHash } from 'node:crypto'
import { accounts } from '../../catalog/accounts.ts'
import { catalog } from '../../catalog/catalog.ts'
import { items } from '../../catalog/items.ts'
import type { Stream } from '../../catalog/stream.ts'
import { isNone, isUnavailable, NOT_READY } from '../../plaid/errors.ts'
import { classify, isAbort, type TartanError } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import { Misfits } from '../door.ts'
import { type AccountList, askAccounts } from '../item/accounts.ts'
import type { StreamComparison } from '../verify-shapes.ts'
import type { LeasedItem } from '../store/item.ts'
import { heldAccounts, heldItem, type HeldRow, heldRows } from '../store/verify.ts'
import { notListed, type ProductsContext, pulledProducts } from './products.ts'
import { type Answered, asker, type ProductReader } from './products/product.ts'

export interface StreamsCompared {
  streams: StreamComparison[]
  /** Of what could not be read and should have been. */
  failure: TartanError | undefined
}

interface StreamsAsked {
  token: Secret
  /** The accounts, where the bank has just listed them: Plaid bounds how often it is asked. */
  listed: AccountList | undefined
  /** How many ids of each kind of difference are named. */
  idsMax: number
}

export async function compareStreams(
  context: ProductsContext,
  item: LeasedItem,
  { token, listed, idsMax }: StreamsAsked,
  signal: AbortSignal,
): Promise<StreamsCompared> {
  const { pool, plaid } = context
  const { item_id: itemId } = item
  const list = listed ?? (await askAccounts(plaid, item, token, signal))
  const compared = {
    streams: [
      difference(accounts, accountRows(list), await heldAccounts(pool, itemId), idsMax),
      ...itemCompared(itemId, list, await heldItem(pool, itemId), idsMax),
    ],
    failure: undefined as TartanError | undefined,
  }
  for (const reader of pulledProducts(context)) {
    const told = await answer(context, item, token, reader, list, signal)
    if ('why' in told) {
      compared.failure ??= told.failure
      compared.streams.push(...streamsOf(reader).map(({ name }) => leftOut(name, told.why)))
      continue
    }
    for (const { stream, rows, since } of told.answered) {
      const keys = rows.map(({ key }) => key)
      const held = await heldRows(pool, { stream: stream.name, itemId, since, keys })
      compared.streams.push(difference(stream, rows, held, idsMax))
    }
  }
  return compared
}

interface BankRow {
  key: string
  body: string
}

function accountRows({ entries }: AccountList): BankRow[] {
  return entries.map(({ accountId, body }) => ({ key: accountId, body }))
}

function itemCompared(
  itemId: string,
  { bank }: AccountList,
  held: HeldRow[],
  idsMax: number,
): StreamComparison[] {
  if (!bank) return [leftOut(items.name, 'Plaid does not say what the Item is')]
  return [difference(items, [{ key: itemId, body: bank.body }], held, idsMax)]
}

const streamsOf = ({ product }: ProductReader) => catalog.filter((one) => one.product === product)

type Told = { answered: Answered[] } | { why: string; failure?: TartanError }

async function answer(
  { plaid }: ProductsContext,
  { item_id: itemId }: LeasedItem,
  token: Secret,
  reader: ProductReader,
  { bank }: AccountList,
  signal: AbortSignal,
): Promise<Told> {
  if (reader.isListed && bank?.products && !bank.products.includes(reader.product)) {
    return { why: `not available: ${notListed}` }
  }
  try {
    const ask = asker(plaid, token, signal)
    return { answered: await reader.read({ itemId, ask, misfits: new Misfits() }) }
  } catch (error) {
    if (isAbort(error)) throw error
    const failure = classify(error)
    const { code, message } = failure
    if (isNone(code)) {
      return { answered: streamsOf(reader).map((stream) => ({ stream, rows: [] })) }
    }
    if (isUnavailable(code)) return { why: `not available: ${code}: ${message}` }
    const why = `${code}: ${message}`
    return code === NOT_READY ? { why } : { why, failure }
  }
}

function leftOut(stream: string, why: string): StreamComparison {
  return { stream, compared: 0, total: 0, missing: [], extra: [], changed: [], left_out: why }
}

function difference(
  { name }: Stream,
  bank: readonly BankRow[],
  store: readonly HeldRow[],
  idsMax: number,
): StreamComparison {
  const held = new Map(store.map(({ key, digest }) => [key, digest]))
  const missing: string[] = []
  const changed: string[] = []
  for (const { key, body } of bank) {
    const digest = held.get(key)
    held.delete(key)
    if (digest === undefined) missing.push(key)
    else if (digest !== createHash('md5').update(body).digest('hex')) changed.push(key)
  }
  const extra = [...held.keys()]
  return {
    stream: name,
    compared: bank.length,
    total: missing.length + changed.length + extra.length,
    missing: missing.slice(0, idsMax),
    extra: extra.slice(0, idsMax),
    changed: changed.slice(0, idsMax),
    left_out: null,
  }
}
