// `GET /items`: a keyset page by when they were linked, so that a page costs the page however many
// Items there are. One statement a filter, each with an index of its own.
import { type Db, many, maybeOne, type Sql } from '../../postgres/query.ts'
import type { ItemStatus } from '../item/life.ts'
import type { MisfitRow, ProductStatus } from './product.ts'

/** An Item as callers see it, but for the advice. */
export interface ItemRow {
  item_id: string
  client_user_id: string
  institution_id: string | null
  institution_name: string | null
  status: ItemStatus
  error_code: string | null
  error_message: string | null
  consent_expires_at: string | null
  disconnect_at: string | null
  new_accounts: boolean
  /** Held: the Item of which it is a second link. */
  duplicate_of: string | null
  replaced_by: string | null
  history_complete: boolean
  /** One that fails holds no other back. */
  products: ProductStatus[]
  /** What of the bank's answers did not fit, by field and reason. */
  misfits: MisfitRow[]
  pulled_at: string | null
  /** Null where nobody will. */
  next_pull_at: string | null
  created_at: string
}

export interface ItemsRequest {
  status: string | null
  owner: string | null
  after: { createdAt: string; itemId: string } | null
  limit: number
}

const columns = `item_id, client_user_id, institution_id, institution_name, status, error_code,
  error_message, plaid.stamp(consent_expires_at) as consent_expires_at,
  plaid.stamp(disconnect_at) as disconnect_at, new_accounts, duplicate_of, replaced_by,
  history_complete, plaid.item_products(item_id) as products,
  plaid.item_misfits(item_id) as misfits, plaid.stamp(pulled_at) as pulled_at,
  case when next_pull_at < 'infinity' then plaid.stamp(next_pull_at) end as next_pull_at,
  plaid.stamp(created_at) as created_at`

export function itemsPage(db: Db, request: ItemsRequest): Promise<ItemRow[]> {
  const where = ['true']
  const values: unknown[] = []
  const add = (value: unknown) => `$${values.push(value)}`
  if (request.status !== null) where.push(`status = ${add(request.status)}`)
  if (request.owner !== null) where.push(`client_user_id = ${add(request.owner)}`)
  if (request.after !== null) {
    const { createdAt, itemId } = request.after
    where.push(`(created_at, item_id) > (${add(createdAt)}::timestamptz, ${add(itemId)})`)
  }
  return many(db, {
    text: `select ${columns} from plaid.item i where ${where.join(' and ')}
           order by i.created_at, i.item_id limit ${add(request.limit)}`,
    values,
  })
}

export function findItem(db: Db, itemId: string): Promise<ItemRow | undefined> {
  const statement: Sql = {
    text: `select ${columns} from plaid.item where item_id = $1`,
    values: [itemId],
  }
  return maybeOne(db, statement)
}
