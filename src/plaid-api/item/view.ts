// An Item as callers see it: its row, and what to do about it.
import { ConfigError } from '../../std/errors.ts'
import type { Db } from '../../postgres/query.ts'
import { findItem } from '../store/items-page.ts'
import { adviceOf } from './advice.ts'
import type { Item, ItemRow } from '../shapes.ts'

export function itemView(row: ItemRow): Item {
  return { ...row, advice: adviceOf(row) }
}

export async function readItem(db: Db, itemId: string): Promise<Item> {
  const row = await findItem(db, itemId)
  if (!row) throw new ConfigError('ITEM_UNKNOWN', `there is no Item ${itemId}`, { status: 404 })
  return itemView(row)
}

/** Why an Item is not read, with what to do. */
export async function notPulled(db: Db, itemId: string): Promise<ConfigError> {
  const { status, advice } = await readItem(db, itemId)
  const code = status === 'held' ? 'ITEM_HELD' : 'ITEM_NOT_READ'
  const sentence = `Item ${itemId} is not read, it is ${status}: ${advice ?? 'ask again'}`
  return new ConfigError(code, sentence, { status: 409 })
}
