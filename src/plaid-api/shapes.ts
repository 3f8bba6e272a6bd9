// What plaid-api tells of Items, pulls, Link and keys, as its callers see it: a shape is the type,
// what the OpenAPI document says, and what the tests hold the answers to. The web app imports the
// types. Times are UTC with six digits of fraction.
import { type Static, Type } from '../std/type.ts'
import { products } from '../catalog/stream.ts'
import { ScopeName } from '../std/scope.ts'
import { count, instant, instantOrNull, orNull, textOrNull } from '../std/shape.ts'

/** Those in which the Item is pulled, in the order in which they are told. */
export const pulledStatuses = [
  'linked',
  'healthy',
  'consent_ends',
  'disconnect_announced',
  'error',
  'needs_user',
  'revoked',
  'gone',
] as const
const stillStatuses = ['held', 'replaced', 'disconnecting', 'removed', 'erasing', 'erased'] as const
export const itemStatuses = [...pulledStatuses, ...stillStatuses] as const

const ItemStatus = Type.Enum([...itemStatuses], { $id: 'ItemStatus' })
export type ItemStatus = Static<typeof ItemStatus>

/** The worst first. */
export const standings = ['failed', 'owner', 'attention', 'coming', 'fresh', 'ended'] as const

export const Standing = Type.Enum([...standings], {
  description:
    'How it stands, in one word. failed: nobody can mend it. owner: its owner must do something. ' +
    'attention: it is tried again, brings a part only, is late, or has accounts that are not ' +
    'shared. coming: something is under way. fresh: all is well. ended: not linked any more.',
})
export type Standing = Static<typeof Standing>

export const Standings = Type.Object(
  Object.fromEntries(standings.map((one) => [one, count()])) as Record<
    Standing,
    ReturnType<typeof count>
  >,
  { $id: 'Standings' },
)
export type Standings = Static<typeof Standings>

const Product = Type.Enum(['accounts', ...products])
export type Product = Static<typeof Product>

const ProductStatus = Type.Object({
  product: Product,
  unavailable: textOrNull('Why the Item, or its bank, has none of it; that is no failure.'),
  error_code: textOrNull('Null while it is well.'),
  error_message: textOrNull(),
  failed_at: instantOrNull(),
  succeeded_at: instantOrNull(),
})
export type ProductStatus = Static<typeof ProductStatus>

const MisfitReason = Type.Enum(
  [
    'missing',
    'wrong_type',
    'out_of_range',
    'no_such_day',
    'no_such_instant',
    'nested_too_deep',
    'unstorable_character',
    'no_record',
    'no_usable_id',
    'listed_twice',
    'of_another_item',
  ],
  {
    description:
      'unstorable_character: a NUL or half a surrogate pair, and the text is kept without it. ' +
      'no_record, no_usable_id: the record was left out; but for an account’s id in a ' +
      'transaction, which is null then. listed_twice: the last one counts. of_another_item: its ' +
      'id is one that another Item has, which keeps it.',
  },
)
export type MisfitReason = Static<typeof MisfitReason>

const misfit = {
  stream: Type.String(),
  field: Type.String(),
  reason: MisfitReason,
  records: count('Met since the Item was linked; of accounts, in the last list.'),
}
const Misfit = Type.Object(misfit)
export type Misfit = Static<typeof Misfit>

const MisfitRow = Type.Object({ ...misfit, seen_at: instant() }, { $id: 'Misfit' })
export type MisfitRow = Static<typeof MisfitRow>

/** How an Item was linked and is, but for the advice. */
const itemRow = {
  item_id: Type.String({ description: 'Plaid’s id: one login at one institution.' }),
  client_user_id: Type.String({ description: 'Whose it is.' }),
  institution_id: textOrNull(),
  institution_name: textOrNull(),
  status: ItemStatus,
  standing: Standing,
  error_code: textOrNull('Plaid’s code of what its owner can mend, or of the last failure.'),
  error_message: textOrNull(),
  consent_expires_at: instantOrNull(),
  disconnect_at: instantOrNull('When Plaid announced to disconnect it.'),
  new_accounts: Type.Boolean({ description: 'The bank has accounts that are not shared yet.' }),
  duplicate_of: textOrNull('Held: the Item of which it is a second link.'),
  replaced_by: textOrNull(),
  webhook: textOrNull('Where Plaid sends its webhooks, empty: nowhere. Null: not known yet.'),
  webhook_error: textOrNull('Why Plaid could not be told the address of now.'),
  history_complete: Type.Boolean({ description: 'Plaid has given all the history there is.' }),
  products: Type.Array(ProductStatus, { description: 'One that fails holds no other back.' }),
  misfits: Type.Array(MisfitRow, {
    description: 'What of the bank’s answers did not fit and was left empty.',
  }),
  counts: Type.Object(
    { accounts: count(), transactions: count() },
    { description: 'Closed accounts too; living transactions.' },
  ),
  pulled_at: instantOrNull('When its data were last brought in whole.'),
  next_pull_at: instantOrNull('Null where nobody will.'),
  created_at: instant('When it was linked.'),
}
const ItemRow = Type.Object(itemRow)
export type ItemRow = Static<typeof ItemRow>

const advice = textOrNull('What to do about it; null where nothing is.')
export const Item = Type.Object({ ...itemRow, advice }, { $id: 'Item' })
export type Item = Static<typeof Item>

export const SandboxItem = Type.Object(
  { item_id: Type.String(), status: ItemStatus, duplicate_of: textOrNull(), advice },
  { $id: 'SandboxItem' },
)
export type SandboxItem = Static<typeof SandboxItem>

/** Of every list by pages. */
export const paging = {
  has_more: Type.Boolean(),
  next_cursor: textOrNull('The next page’s `cursor`; null on the last one.'),
}

export const ItemsPage = Type.Object({ items: Type.Array(Item), ...paging }, { $id: 'ItemsPage' })
export type ItemsPage = Static<typeof ItemsPage>

const PullMode = Type.Enum(['incremental', 'full'])
export const RunStatus = Type.Enum(['running', 'succeeded', 'failed'])
export const moved = { added: count(), modified: count(), removed: count() }
const failed = { error_code: textOrNull(), error_message: textOrNull() }

const PullTrigger = Type.Enum(['poll', 'request', 'verify', 'webhook'], {
  description:
    'poll: the service by itself. request: somebody asked. verify: before it is compared. ' +
    'webhook: Plaid told of something.',
})
export type PullTrigger = Static<typeof PullTrigger>

const PullRow = Type.Object(
  {
    id: Type.String({ description: 'Grows with each pull.' }),
    item_id: Type.String(),
    institution_name: textOrNull(),
    trigger: PullTrigger,
    mode: PullMode,
    status: RunStatus,
    started_at: instant(),
    finished_at: instantOrNull(),
    ...moved,
    ...failed,
  },
  { $id: 'Pull' },
)
export type PullRow = Static<typeof PullRow>

export const PullsPage = Type.Object(
  { pulls: Type.Array(PullRow), ...paging },
  { $id: 'PullsPage' },
)
export type PullsPage = Static<typeof PullsPage>

const some = (description: string) => Type.Optional(count(description))

export const PullCell = Type.Object(
  {
    at: count('Which step after `since`, from zero.'),
    pulls: count(),
    failed: some('Absent where none, as each that follows.'),
    running: some('Not over yet.'),
    added: some('Rows.'),
    modified: some('Rows.'),
    removed: some('Rows.'),
    error_message: Type.Optional(Type.String({ description: 'Of the last that failed.' })),
  },
  { $id: 'PullCell' },
)
export type PullCell = Static<typeof PullCell>

export const PullStrips = Type.Object(
  { strips: Type.Array(Type.Object({ item_id: Type.String(), cells: Type.Array(PullCell) })) },
  { $id: 'PullStrips' },
)
export type PullStrips = Static<typeof PullStrips>

const run = {
  id: Type.String({ format: 'uuid' }),
  mode: PullMode,
  item_id: textOrNull('Null where every Item is pulled.'),
  status: RunStatus,
  started_at: instant(),
  finished_at: instantOrNull(),
}
const Run = Type.Object(run)
export type Run = Static<typeof Run>
export type RunMode = Run['mode']

const RunTotals = Type.Object({ items: count(), failed: count(), ...moved })
export type RunTotals = Static<typeof RunTotals>

const RunItem = Type.Object({
  item_id: Type.String(),
  institution_name: textOrNull(),
  status: Type.Enum(['succeeded', 'failed']),
  ...moved,
  ...failed,
})
export type RunItem = Static<typeof RunItem>

/** A run pulls every Item, or one, because somebody asked. */
export const RunReport = Type.Object(
  {
    ...run,
    totals: RunTotals,
    items: Type.Array(RunItem, { description: 'Failed ones first; at most 1,000.' }),
  },
  { $id: 'Sync' },
)
export type RunReport = Static<typeof RunReport>

export const RunStarted = Type.Object(
  { id: Type.String({ format: 'uuid' }), status: Type.Literal('running') },
  { $id: 'SyncStarted' },
)
export type RunStarted = Static<typeof RunStarted>

const LinkStatus = Type.Enum(['open', 'finished', 'exited', 'expired'])
export type LinkStatus = Static<typeof LinkStatus>

const LinkedItem = Type.Object({
  item_id: Type.String(),
  institution_name: textOrNull(),
  status: ItemStatus,
  duplicate_of: textOrNull(),
})
export type LinkedItem = Static<typeof LinkedItem>

export const LinkSessionView = Type.Object(
  {
    session_id: Type.String({ format: 'uuid' }),
    client_user_id: Type.String(),
    item_id: textOrNull('The Item that is repaired; null where one is linked.'),
    hosted_link_url: Type.String({ description: 'Plaid’s page, for the person.' }),
    expires_at: instant(),
    status: LinkStatus,
    items: Type.Array(LinkedItem, { description: 'Those that were linked, or was repaired.' }),
    lost: count('Banks that were linked and cannot be had: link them again.'),
  },
  { $id: 'LinkSession' },
)
export type LinkSessionView = Static<typeof LinkSessionView>

export const Resolved = Type.Object(
  {
    item: Item,
    link_session: orNull(LinkSessionView, 'Where the old Item is repaired, if that was chosen.'),
  },
  { $id: 'Resolved' },
)
export type Resolved = Static<typeof Resolved>

export const Institution = Type.Object(
  {
    institution_id: Type.String(),
    name: Type.String(),
    primary_color: textOrNull('`#` and six hexadecimal digits.'),
    url: textOrNull(),
    has_logo: Type.Boolean(),
  },
  { $id: 'Institution' },
)
export type Institution = Static<typeof Institution>

const BankHealth = Type.Object({
  product: Type.Enum(['item_logins', 'transactions_updates']),
  status: Type.Enum(['healthy', 'degraded', 'down']),
  since: textOrNull('When that was last otherwise, as Plaid writes it.'),
})
export type BankHealth = Static<typeof BankHealth>

export const InstitutionStatus = Type.Object(
  {
    institution_id: Type.String(),
    products: Type.Array(BankHealth, {
      description: 'Empty where Plaid does not say: it has seen too little, or is a sandbox.',
    }),
    read_at: textOrNull('When Plaid said so; null where it did not answer.'),
  },
  { $id: 'InstitutionStatus' },
)
export type InstitutionStatus = Static<typeof InstitutionStatus>

const ApiKey = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    own: Type.Boolean({ description: 'Tartan’s own.' }),
    scope: ScopeName,
    per_minute_max: orNull(Type.Integer({ description: 'Requests a minute; null: no limit.' })),
    created_at: instant(),
    used_at: instantOrNull('To the minute; null where it never opened anything.'),
    expires_at: instantOrNull('Null: it opens until it is revoked.'),
    expired: Type.Boolean(),
    revoked_at: instantOrNull(),
  },
  { $id: 'ApiKey' },
)
export type ApiKey = Static<typeof ApiKey>

export const KeyList = Type.Object({ keys: Type.Array(ApiKey) }, { $id: 'KeyList' })
export type KeyList = Static<typeof KeyList>

export const KeyMade = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    scope: ScopeName,
    expires_at: instantOrNull(),
    key: Type.String({ description: 'The key itself, which is told this once.' }),
  },
  { $id: 'KeyMade' },
)
export type KeyMade = Static<typeof KeyMade>

export const Failure = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'Stable, for programs.' }),
      message: Type.String({ description: 'What is wrong and what to do, for people.' }),
      field: Type.Optional(Type.String({ description: 'What of the request is wrong.' })),
    }),
  },
  { $id: 'Failure' },
)
