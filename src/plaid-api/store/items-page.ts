// `GET /items`: a keyset page. By when they were linked a page costs the page however many Items
// there are, each filter with an index of its own. Whether one is late is a matter of the hour, so
// that who asks for those that want attention or are fresh, or for the worst, has every Item looked
// at, not its rows: of 50,000 Items those that want attention took 35 ms, the worst 140 and all
// standings 220, on two processors that others were using too.
import { binder, containing, type Db, many, maybeOne, one, type Sql } from '../../postgres/query.ts'
import { type ItemRow, type ItemStatus, type Standing, standings } from '../shapes.ts'
import type { Standings } from '../shapes.ts'

export const itemOrders = ['linked', 'worst', 'next_pull'] as const
export type ItemOrder = (typeof itemOrders)[number]

export interface ItemsRequest {
  status: ItemStatus | null
  standing: Standing[] | null
  owner: string | null
  search: string | null
  order: ItemOrder
  /** The values of the order's keys at which the page before ended. */
  after: string[] | null
  limit: number
}

const lateMinutes = 10

/** Those that follow from the status alone, by which there is an index. */
const statusesOf: Partial<Record<Standing, ItemStatus[]>> = {
  failed: ['revoked', 'gone'],
  owner: ['needs_user', 'consent_ends', 'disconnect_announced', 'held'],
  coming: ['linked', 'disconnecting', 'erasing'],
  ended: ['replaced', 'removed', 'erased'],
}

const listed = (statuses: ItemStatus[] = []) => statuses.map((one) => `'${one}'`).join(', ')

/** One place says how an Item stands: whoever counts, sorts or shows them asks it here. */
const standing = `case
    when i.status in (${listed(statusesOf.failed)}) then 'failed'
    when i.status in (${listed(statusesOf.owner)}) then 'owner'
    when i.status in (${listed(statusesOf.coming)}) then 'coming'
    when i.status in (${listed(statusesOf.ended)}) then 'ended'
    when i.status = 'error' or i.new_accounts
      or i.next_pull_at < now() - interval '${lateMinutes} minutes'
      or exists (select from plaid.item_product p
                 where p.item_id = i.item_id and p.error_code is not null) then 'attention'
    else 'fresh' end`

/** Attention and fresh are told apart by more than the status: asked for both, by that alone. */
function standsIn(stands: Standing[], add: (value: unknown) => string): string {
  const [attention, fresh] = [stands.includes('attention'), stands.includes('fresh')]
  if (attention !== fresh) return `${standing} = any (${add(stands)})`
  const statuses = stands.flatMap((one) => statusesOf[one] ?? [])
  const both: ItemStatus[] = fresh ? ['error', 'healthy'] : []
  return `i.status = any (${add([...statuses, ...both])}::text[])`
}

const rankOf = (word: string) =>
  `array_position(array[${standings.map((one) => `'${one}'`).join(', ')}], ${word})`

const keys: Record<ItemOrder, { columns: string[]; given: string[] }> = {
  linked: { columns: ['i.created_at', 'i.item_id'], given: ['?::timestamptz', '?'] },
  worst: {
    columns: [rankOf(standing), 'i.created_at', 'i.item_id'],
    given: [rankOf('?::text'), '?::timestamptz', '?'],
  },
  next_pull: { columns: ['i.next_pull_at', 'i.item_id'], given: ['?::timestamptz', '?'] },
}

const columns = `item_id, client_user_id, institution_id, institution_name, status,
  ${standing} as standing, error_code,
  error_message, plaid.stamp(consent_expires_at) as consent_expires_at,
  plaid.stamp(disconnect_at) as disconnect_at, new_accounts, duplicate_of, replaced_by,
  webhook, webhook_error, history_complete, plaid.item_products(item_id) as products,
  plaid.item_misfits(item_id) as misfits, plaid.item_counts(item_id) as counts,
  plaid.stamp(pulled_at) as pulled_at,
  case when next_pull_at < 'infinity' then plaid.stamp(next_pull_at) end as next_pull_at,
  plaid.stamp(created_at) as created_at`

export function itemsPage(db: Db, request: ItemsRequest): Promise<ItemRow[]> {
  const { status, standing: stands, owner, search, order, after } = request
  const { columns: by, given } = keys[order]
  const where = ['true']
  const { values, bind: add } = binder()
  if (status !== null) where.push(`i.status = ${add(status)}`)
  if (stands !== null) where.push(standsIn(stands, add))
  if (owner !== null) where.push(`i.client_user_id = ${add(owner)}`)
  if (search !== null) {
    where.push(`i.searched like lower(${add(containing(search))})`)
  }
  if (order === 'next_pull') where.push(`i.next_pull_at < 'infinity'`)
  if (after !== null) {
    const at = given.map((one, n) => one.replace('?', add(after[n])))
    where.push(`(${by.join(', ')}) > (${at.join(', ')})`)
  }
  return many(db, {
    text: `select ${columns} from plaid.item i where ${where.join(' and ')}
           order by ${by.join(', ')} limit ${add(request.limit)}`,
    values,
  })
}

export function countStandings(db: Db): Promise<Standings> {
  const each = standings.map((one) => `count(*) filter (where s = '${one}')::int as "${one}"`)
  return one(db, {
    text: `select ${each.join(', ')} from (select ${standing} as s from plaid.item i) i`,
    values: [],
  })
}

export function findItem(db: Db, itemId: string): Promise<ItemRow | undefined> {
  const statement: Sql = {
    text: `select ${columns} from plaid.item i where item_id = $1`,
    values: [itemId],
  }
  return maybeOne(db, statement)
}
