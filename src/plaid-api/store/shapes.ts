// What plaid-api tells of what its store holds: rows as the catalog has them, pages of them,
// counts. As ../shapes.ts: type, document and test at once, and the web app imports the types.
import { type Static, type TSchema, Type } from '../../std/type.ts'
import { type AccountRow, accounts } from '../../catalog/accounts.ts'
import { DELETED_AT, type Stream } from '../../catalog/stream.ts'
import { type TransactionRow, transactions } from '../../catalog/transactions.ts'
import { paging } from '../shapes.ts'
import { count, instant, instantOrNull, orNull, textOrNull } from '../../std/shape.ts'

export const Account = rowOf<AccountRow>(accounts, 'Account')
export type Account = AccountRow

const Transaction = rowOf<TransactionRow>(transactions, 'Transaction')
export type Transaction = TransactionRow

function rowOf<Row>({ schema, doc }: Stream, $id: string) {
  return Type.Unsafe<Row>({ ...schema, $id, description: doc })
}

const ROWS: Record<string, TSchema> = { accounts: Account, transactions: Transaction }

/** A living row, as `GET /schema/<stream>` describes it. */
export function streamRowOf(stream: Stream): TSchema {
  const known = (ROWS[stream.name] ??= rowOf(stream, `${titleOf(stream)}Row`))
  return known
}

/** `InvestmentHoldings` of investment_holdings. */
function titleOf({ name }: Stream): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** A row of the feed: living, or what is left of one that is gone. */
export function feedRowOf(stream: Stream): TSchema {
  const living = streamRowOf(stream)
  if (stream.deletion.kind === 'none') return living
  const { properties } = stream.schema
  const ids = [
    ...stream.primaryKey,
    'item_id',
    ...(stream.name === 'transactions' ? ['account_id'] : []),
  ]
  const tombstone = Type.Object(
    {
      ...Object.fromEntries(ids.map((id) => [id, properties[id] ?? Type.String()])),
      created_at: instant(),
      updated_at: instant('Its position in the feed.'),
      [DELETED_AT]: instant('When it went.'),
    },
    { $id: `${titleOf(stream)}Tombstone`, description: `One of ${stream.name} that is gone.` },
  )
  return Type.Union([living, tombstone])
}

const total = count('Of the whole list, as it was when its first page was read.')

export interface AccountsPage extends Static<typeof Paging> {
  accounts: Account[]
  total_count: number
}
const Paging = Type.Object(paging)

/** A page of living rows. */
export function rowsPageOf(stream: Stream): TSchema {
  return Type.Object(
    { [stream.name]: Type.Array(streamRowOf(stream)), total_count: total, ...paging },
    { $id: `${titleOf(stream)}Page` },
  )
}

export const TransactionsPage = Type.Object(
  {
    transactions: Type.Array(Transaction),
    total_count: total,
    total_is_exact: Type.Boolean({ description: 'False: there are more than were counted.' }),
    ...paging,
  },
  { $id: 'TransactionsPage' },
)
export type TransactionsPage = Static<typeof TransactionsPage>

export function feedPageOf(stream: Stream): TSchema {
  return Type.Object(
    {
      [stream.name]: Type.Array(feedRowOf(stream)),
      next_cursor: Type.String({ description: 'Always there: where to go on, now or later.' }),
      has_more: Type.Boolean(),
      epoch: Type.String({ description: 'The feed’s identity.' }),
      position: instant('How far these rows go: with `epoch` an `updated_since`.'),
      head: instant('How far the feed goes.'),
    },
    { $id: `${titleOf(stream)}FeedPage` },
  )
}

const PendingTransaction = Type.Object({
  transaction_id: Type.String(),
  created_at: instant(),
  updated_at: instant(),
  deleted_at: instantOrNull(),
})
export type PendingTransaction = Static<typeof PendingTransaction>

export const HeldTransaction = Type.Object(
  {
    transaction_id: Type.String(),
    item_id: Type.String(),
    institution_name: textOrNull(),
    item_status: textOrNull('How its Item is.'),
    account_id: Type.String(),
    created_at: instant(),
    updated_at: instant('Its stamp: where it is in the feed.'),
    deleted_at: instantOrNull(),
    pending: orNull(Type.Boolean()),
    posted_from: orNull(
      PendingTransaction,
      'The pending transaction that became this one, where the store has had it.',
    ),
    row: textOrNull('The row’s JSON text; null of a tombstone, which has nothing.'),
  },
  { $id: 'HeldTransaction' },
)
export type HeldTransaction = Static<typeof HeldTransaction>

const Changes = Type.Object({
  living: count('Rows that came or changed; each counts once, by its last change.'),
  removed: count('Tombstones.'),
  more: Type.Boolean({ description: 'There are more than were counted.' }),
})
export type Changes = Static<typeof Changes>

const storeStats = {
  items: count(),
  items_by_status: Type.Record(Type.String(), count()),
  accounts: count(),
  transactions: count('Living ones.'),
  tombstones: count(),
  last_pull_at: instantOrNull(),
}
const StoreStats = Type.Object(storeStats)
export type StoreStats = Static<typeof StoreStats>

export const Stats = Type.Object(
  {
    ...storeStats,
    feed: Type.Object({ epoch: Type.String(), head: instant() }),
    changes: Type.Optional(Type.Object({ since: instant(), ...Changes.properties })),
  },
  { $id: 'Stats' },
)
export type Stats = Static<typeof Stats>

const state = (of: string) => Type.String({ description: `\`ok\`, or what is wrong with ${of}.` })

export const Health = Type.Object(
  {
    status: Type.Enum(['ok', 'unavailable']),
    database: state('the database'),
    plaid: state('the way to Plaid'),
  },
  { $id: 'Health' },
)
export type Health = Static<typeof Health>

const names = Type.Array(Type.String())

const column = Type.Object(
  { description: Type.Optional(Type.String()) },
  { additionalProperties: true },
)

export const StreamDescription = Type.Object(
  {
    name: Type.String(),
    description: Type.String(),
    primary_key: names,
    cursor_field: Type.String({ description: 'The row’s position in the feed.' }),
    product: textOrNull('What Plaid has to be asked for it; null: it comes with every Item.'),
    sync_modes: names,
    deletion_rule: Type.Object({ kind: Type.String(), field: Type.Optional(Type.String()) }),
    indexes: Type.Array(names),
    json_schema: Type.Object(
      { properties: Type.Record(Type.String(), column) },
      { additionalProperties: true, description: 'Of a row, as Airbyte types it.' },
    ),
  },
  { $id: 'StreamDescription' },
)

export const StreamList = Type.Object(
  { streams: Type.Array(StreamDescription) },
  { $id: 'StreamList' },
)
export type StreamList = Static<typeof StreamList>
