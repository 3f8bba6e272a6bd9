// `GET /transactions`: living rows, filtered, by day and, within a day, by when the store first had
// them. Keyset paging: a page costs the same wherever it is. Which rows it has is found in indexes
// alone (migration 0008), and only then are they fetched.
import {
  type Bind,
  binder,
  containing,
  type Db,
  exec,
  many,
  one,
  sql,
} from '../../postgres/query.ts'

export interface TransactionFilter {
  accountIds: string[] | null
  itemIds: string[] | null
  startDate: string | null
  endDate: string | null
  minAmount: number | null
  maxAmount: number | null
  category: string | null
  pending: boolean | null
  search: string | null
}

/** Where a row is in the listing: its day (`infinity` where none fitted) and its first stamp. */
export interface Place {
  day: string
  at: string
}

export interface ListingRequest {
  filter: TransactionFilter
  order: 'asc' | 'desc'
  /** Of the last row of the page before. */
  after: Place | null
  limit: number
}

export interface Total {
  count: number
  /** False: there are more than were counted. */
  exact: boolean
}

export interface ListingPage {
  places: Place[]
  /** Rows come after this page. */
  more: boolean
}

/** What is not kept is counted to so many: what is beyond costs more than it tells. */
export const countedMax = 10_000
/**
 * Of a search or a range of amounts: so many rows are looked at in the order of the days; then up
 * to so many, where, by the share of the first that fits, a page of the list is found there. To
 * gather all that fit would cost more.
 */
const looks = { first: 5_000, second: 40_000 }
/** Of what the share says, so that chance does not make a look too short. */
const looksMargin = 1.5

/** A row whose date did not fit comes after all others; the indexes are on the same. */
const DAY = `coalesce(date, 'infinity')`
const PLACE = `${DAY} as day, created_at`

/**
 * A page and, where `total` is not told, how many rows there are: as kept of all, of Items and of
 * accounts, else as far as they are counted.
 *
 * A search and a range of amounts have no index in the order of the days. Where many rows fit, a
 * page is found among the newest; where few fit, all are gathered. How many there are the planner
 * can only guess, so it is not asked. Rows that are many, and not among the newest, are looked for
 * as long as it takes.
 */
export async function listPlaces(
  db: Db,
  request: ListingRequest,
  total?: Total,
): Promise<ListingPage & { total: Total }> {
  const { filter } = request
  if (!isLoose(filter) || filter.accountIds || filter.itemIds) {
    const counted = total ?? (await countTransactions(db, filter))
    return { ...(await orderedPage(db, request)), total: counted }
  }
  let looked = await lookedPage(db, request, looks.first)
  const enough = Math.ceil((looksMargin * looks.first * request.limit) / looked.fitting)
  if (!looked.more && !looked.isAll && enough <= looks.second) {
    looked = await lookedPage(db, request, enough)
  }
  if (looked.more || looked.isAll) {
    return { ...looked, total: total ?? { count: looked.fitting, exact: looked.isAll } }
  }
  const gathered = await gatheredPage(db, request)
  if (gathered && gathered.fitting <= countedMax) {
    return { ...gathered, total: total ?? { count: gathered.fitting, exact: true } }
  }
  const page = await orderedPage(db, request)
  const count = Math.min(gathered?.fitting ?? page.places.length, countedMax)
  return { ...page, total: total ?? { count, exact: !page.more } }
}

/** The rows at these places as one text; null where none is there any more. */
export async function listedRows(db: Db, places: readonly Place[]): Promise<string | null> {
  const { text } = await one<{ text: string | null }>(
    db,
    sql`select string_agg(line, ',' order by place) as text
        from unnest(${places.map(({ day }) => day)}::date[],
                    ${places.map(({ at }) => at)}::timestamptz[])
          with ordinality as p (day, at, place)
        cross join lateral (
          select plaid.row_text(created_at, updated_at, '_ab_cdc_deleted_at', deleted_at, body)
            as line
          from plaid.transaction
          where coalesce(date, 'infinity') = p.day and created_at = p.at and deleted_at is null
          offset 0
        ) t`,
  )
  return text
}

/** How many pass the filter, up to `countedMax` where the count is not kept. */
async function countTransactions(db: Db, filter: TransactionFilter): Promise<Total> {
  const { accountIds, itemIds, ...others } = filter
  if (Object.values(others).every((value) => value === null)) {
    return { count: await keptCount(db, accountIds, itemIds), exact: true }
  }
  const { values, bind } = binder()
  const where = [...ids(filter, bind), ...ordered(filter, bind), ...loose(filter, bind)]
  const { n } = await one<{ n: number }>(db, {
    text: `select count(*)::int as n from (
             select from plaid.transaction where ${where.join(' and ')} limit ${countedMax + 1}
           ) counted`,
    values,
  })
  return { count: Math.min(n, countedMax), exact: n <= countedMax }
}

async function keptCount(
  db: Db,
  accountIds: string[] | null,
  itemIds: string[] | null,
): Promise<number> {
  const { n } = await one<{ n: number }>(
    db,
    accountIds === null && itemIds === null
      ? sql`select living::int as n from plaid.feed_clock`
      : sql`select coalesce(sum(transactions), 0)::int as n from plaid.tally
            where (${accountIds}::text[] is null or account_id = any (${accountIds}::text[]))
              and (${itemIds}::text[] is null or item_id = any (${itemIds}::text[]))`,
  )
  return n
}

/** Along an index: of all, or of each account or Item that is named, sorted together. */
async function orderedPage(db: Db, request: ListingRequest): Promise<ListingPage> {
  const { filter, limit } = request
  const { values, bind } = binder()
  const sorted = `${orderBy(request)} limit ${bind(limit)}::int + 1`
  const where = [...ordered(filter, bind), ...loose(filter, bind), beyond(request, bind)]
  const page = (own: string[]) =>
    `select ${PLACE} from plaid.transaction where ${[...own, ...where].join(' and ')} ${sorted}`
  const named = filter.accountIds ?? filter.itemIds
  if (named === null) return pageOf(await one(db, { text: placesOf(page([])), values }), limit)
  const column = filter.accountIds === null ? 'item_id' : 'account_id'
  if (filter.accountIds !== null && filter.itemIds !== null) {
    where.push(`item_id = any (${bind(filter.itemIds)}::text[])`)
  }
  const each = `select distinct unnest(${bind(named)}::text[]) as id`
  const text = `select t.day, t.created_at from (${each}) named
                cross join lateral (${page([`${column} = named.id`])}) t ${sorted}`
  return pageOf(await one(db, { text: placesOf(text), values }), limit)
}

/** Of so many rows, the next in the order of the list, those that fit. */
async function lookedPage(
  db: Db,
  request: ListingRequest,
  rowsMax: number,
): Promise<ListingPage & { fitting: number; isAll: boolean }> {
  const { filter, limit } = request
  const { values, bind } = binder()
  const where = [...ordered(filter, bind), beyond(request, bind)].join(' and ')
  const found = await one<Places & { looked: number; fitting: number }>(db, {
    text: `with looked as materialized (
             select ${PLACE}, ${loose(filter, bind).join(' and ')} as fits from plaid.transaction
             where ${where} ${orderBy(request)} limit ${rowsMax}
           )
           select (select count(*) from looked)::int as looked,
                  (select count(*) from looked where fits)::int as fitting, days, stamps
           from (${placesOf(`select day, created_at from looked where fits
                             ${orderBy(request)} limit ${bind(limit)}::int + 1`)}) places`,
    values,
  })
  const isAll = found.looked < rowsMax
  return { ...pageOf(found, limit), fitting: found.fitting, isAll }
}

/** All that fit, one more than are counted at most; undefined where no index finds them. */
async function gatheredPage(
  db: Db,
  request: ListingRequest,
): Promise<(ListingPage & { fitting: number }) | undefined> {
  const { filter, limit } = request
  const { values, bind } = binder()
  const where = [...ordered(filter, bind, 'date'), ...loose(filter, bind)].join(' and ')
  const statement = {
    text: `with gathered as materialized (
             select ${PLACE} from plaid.transaction where ${where} limit ${countedMax + 1}
           )
           select (select count(*) from gathered)::int as fitting, days, stamps
           from (${placesOf(`select day, created_at from gathered
                             where ${beyond(request, bind, 'day')}
                             ${orderBy(request)} limit ${bind(limit)}::int + 1`)}) places`,
    values,
  }
  const ask = async () => {
    const found = await one<Places & { fitting: number }>(db, statement)
    return { ...pageOf(found, limit), fitting: found.fitting }
  }
  if (filter.search === null) return ask()
  if (!INDEXED.test(filter.search)) return undefined
  await exec(db, sql`begin`)
  try {
    const known = await many(db, bySearchIndex)
    return known.length > 0 ? await ask() : undefined
  } finally {
    await exec(db, sql`commit`)
  }
}

/** What the index of a search knows are three letters or digits, one beside the other. */
const INDEXED = /[\p{L}\p{N}]{3}/u

/** No row where there is none (migration 0008). */
const bySearchIndex = sql`
  select set_config(name, 'off', true)
  from unnest(array['enable_seqscan', 'enable_indexscan', 'enable_indexonlyscan']) as planner (name)
  where to_regclass('plaid.transaction_search') is not null`

interface Places {
  days: string[]
  stamps: string[]
}

/** `text` gives day and created_at. */
function placesOf(text: string): string {
  return `select coalesce(array_agg(day::text order by place), '{}') as days,
                 coalesce(array_agg(plaid.stamp(created_at) order by place), '{}') as stamps
          from (
            select day, created_at, row_number() over () as place from (${text}) sorted
          ) page`
}

/** One more was asked for than the page has. */
function pageOf({ days, stamps }: Places, limit: number): ListingPage {
  const places = days.map((day, i) => ({ day, at: stamps[i] ?? '' }))
  return { places: places.slice(0, limit), more: places.length > limit }
}

function orderBy({ order }: ListingRequest): string {
  return `order by 1 ${order}, 2 ${order}`
}

function beyond({ order, after }: ListingRequest, bind: Bind, day = DAY): string {
  if (!after) return 'true'
  const sign = order === 'desc' ? '<' : '>'
  return `(${day}, created_at) ${sign} (${bind(after.day)}::date, ${bind(after.at)}::timestamptz)`
}

function isLoose({ minAmount, maxAmount, search }: TransactionFilter): boolean {
  return minAmount !== null || maxAmount !== null || search !== null
}

// Only what was asked for is in a statement, so that the planner sees which index serves it.

function ids({ accountIds, itemIds }: TransactionFilter, bind: Bind): string[] {
  const where: string[] = []
  if (accountIds) where.push(`account_id = any (${bind(accountIds)}::text[])`)
  if (itemIds) where.push(`item_id = any (${bind(itemIds)}::text[])`)
  return where
}

/**
 * What an index has in the order of the days; none has `date` as its key: by that, rows which
 * another index finds are passed over (a range of days that the planner took for small, and was
 * not, took seconds).
 */
function ordered(filter: TransactionFilter, bind: Bind, day = DAY): string[] {
  const { startDate, endDate, category, pending } = filter
  const where = ['deleted_at is null']
  if (startDate !== null) where.push(`${day} >= ${bind(startDate)}::date and date is not null`)
  if (endDate !== null) where.push(`${day} <= ${bind(endDate)}::date`)
  if (category !== null) where.push(`category = left(${bind(category)}, 100)`)
  if (pending !== null) where.push(pending ? 'pending' : 'not pending')
  return where
}

function loose({ minAmount, maxAmount, search }: TransactionFilter, bind: Bind): string[] {
  const where: string[] = []
  if (minAmount !== null) where.push(`amount >= ${bind(minAmount)}::numeric`)
  if (maxAmount !== null) where.push(`amount <= ${bind(maxAmount)}::numeric`)
  if (search !== null) {
    where.push(`searched like lower(${bind(containing(search))})`)
  }
  return where
}
