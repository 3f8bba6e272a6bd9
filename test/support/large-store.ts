// A store with many rows, made in the database itself: as skewed as real ones are. One Item has a
// twenty-fifth of all rows, one category a third, the newest days are pending, and half of the
// names are like no other.
import { createHash } from 'node:crypto'
import { catalog } from '../../src/catalog/catalog.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { exec, many, sql } from '../../src/postgres/query.ts'

/** Of one insert. */
const chunkRows = 250_000
export const rowsPerItem = 1_000

/** Replaces what is there. The last day is today's, as the database sees it. */
export async function fillStore(pool: Pool, rows: number): Promise<void> {
  await exec(
    pool,
    sql`truncate plaid.transaction, plaid.tally, plaid.item, plaid.account, plaid.stream_row`,
  )
  const indexes = await many<{ name: string; definition: string }>(
    pool,
    sql`select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
        from pg_index where indrelid = 'plaid.transaction'::regclass and not indisprimary`,
  )
  // What is built at once is built faster, and as well filled as what a vacuum leaves.
  for (const { name } of indexes) await pool.query(`drop index ${name}`)
  for (let from = 0; from < rows; from += chunkRows) {
    await exec(pool, { text: transactions, values: [from, Math.min(chunkRows, rows - from), rows] })
  }
  for (const { definition } of indexes) await pool.query(definition)
  await exec(
    pool,
    sql`insert into plaid.tally
    select item_id, account_id, count(*) from plaid.transaction where deleted_at is null
    group by item_id, account_id`,
  )
  await bySet(pool, async () => {
    await exec(pool, { text: items, values: [Math.ceil(rows / rowsPerItem)] })
    await exec(
      pool,
      sql`insert into plaid.account (account_id, item_id, body)
      select account_id, item_id,
             '"account_id":"' || account_id || '","item_id":"' || item_id || '"}'
      from plaid.tally`,
    )
  })
  await exec(
    pool,
    sql`update plaid.feed_clock set at = clock_timestamp(),
    living = (select sum(transactions) from plaid.tally), tombstones = (
      select count(*) from plaid.transaction where deleted_at is not null)`,
  )
  await pool.query('vacuum analyze plaid.transaction')
  await pool.query('vacuum analyze plaid.tally')
  await pool.query('vacuum analyze plaid.account')
  await pool.query('vacuum analyze plaid.item')
}

/** $1 from, $2 how many, $3 of how many in all. */
const transactions = `
  with numbered as (
    select n, hashtextextended(n::text, 1) & 1048575 as a,
           hashtextextended(n::text, 2) & 1048575 as b,
           hashtextextended(n::text, 3) & 1048575 as c
    from generate_series($1::bigint, $1::bigint + $2::bigint - 1) n
  ), made as (
    select n, md5(n::text) || 'abcde' as id,
           'item-' || case when a < 41943 then 0
                           else a % greatest($3::bigint / ${rowsPerItem}, 1) end as item,
           current_date - (730 * (b / 1048576.0))::int as day,
           round(((1 + c / 1048576.0) ^ 12)::numeric - 600 * (a % 17 = 0)::int, 2) as amount,
           b < 4000 and c % 2 = 0 as pending,
           case when c % 3 = 0 then 'FOOD_AND_DRINK' when c % 3 = 1 then 'CATEGORY_' || c % 15
                else 'RARE_' || (c % 65536) end as category,
           case when b % 2 = 0 then merchant || ' Store'
                else 'CARD PURCHASE ' || upper(merchant) || ' ' || 100000 + n % 900000 end as name,
           case when c % 10 < 7 then merchant end as merchant,
           n % 50 = 7 as gone
    from numbered, lateral (
      select initcap(translate(left(md5((a % 2000)::text), 8), '0123456789', 'ghijklmnop'))
        as merchant
    ) named
  )
  insert into plaid.transaction (transaction_id, item_id, account_id, updated_at, created_at,
    deleted_at, date, amount, pending, category, name, merchant, body)
  select id, item, item || '-account-' || n % 3,
    timestamptz '2024-01-01' + n * interval '1 microsecond',
    timestamptz '2024-01-01' + n * interval '1 microsecond',
    case when gone then timestamptz '2024-01-01' + n * interval '1 microsecond' end,
    case when not gone then day end, case when not gone then amount end,
    case when not gone then pending end, case when not gone then category end,
    case when not gone then name end, case when not gone then merchant end,
    case when gone then plaid.tombstone(id, item || '-account-' || n % 3, item) else
      '"transaction_id":"' || id || '","account_id":"' || item || '-account-' || n % 3
      || '","item_id":"' || item || '","amount":' || amount || ',"date":"' || day || '","name":"'
      || name || '","category":"' || category || '","original_description":"'
      || repeat('As the bank wrote it, with all that a row has besides. ', 32) || '"}' end
  from made`

/** $1 how many. */
const items = `
  insert into plaid.item (item_id, client_user_id, access_token, status, pulled_at, next_pull_at)
  select 'item-' || n, 'owner-' || n % 100, '', 'healthy', now(), 'infinity'
  from generate_series(0, $1::int - 1) n`

/**
 * Items and accounts are in the feed by triggers, row by row: 50,000 of each took minutes. Here all
 * that were made go there at once.
 */
async function bySet(pool: Pool, make: () => Promise<void>): Promise<void> {
  for (const table of ['item', 'account']) {
    await pool.query(`alter table plaid.${table} disable trigger user`)
  }
  await make()
  for (const table of ['item', 'account']) {
    await pool.query(`alter table plaid.${table} enable trigger user`)
    await pool.query(
      `insert into plaid.stream_row
         (stream, key, item_id, account_id, updated_at, created_at, ids, body)
       select '${table}s', r.key, r.item_id, r.account_id, at, at, r.ids, r.body
       from plaid.${table} t, plaid.${table}_row(t) r,
         lateral (select clock_timestamp() + random() * interval '1 hour' as at) stamp
       on conflict do nothing`,
    )
  }
}

/** Rows of each stream that has no table of its own, of those Items: one has a twenty-fifth. */
export async function fillStreams(pool: Pool, rowsEach: number): Promise<void> {
  for (const { name, schema, day } of catalog) {
    if (['transactions', 'accounts', 'items'].includes(name)) continue
    const has = (field: string) => Object.hasOwn(schema.properties, field)
    await exec(
      pool,
      sql`insert into plaid.stream_row
            (stream, key, item_id, account_id, day, updated_at, created_at, ids, body)
          select ${name}, md5(n::text), case when ${has('item_id')} then item end,
                 case when ${has('account_id')} then account end,
                 case when ${day !== undefined} then current_date - (n % 730)::int end,
                 at, at, '"n":' || n || '}', '"n":' || n || ',"text":"' || repeat('x', 200) || '"}'
          from generate_series(1, ${rowsEach}::int) n,
            lateral (select case when n % 25 = 0 then 'item-0'
                                 else 'more-' || n % 50000 end as item,
                            case when n % 25 = 0 then 'item-0-account-1'
                                 else 'account-of-more-' || n % 50000 end as account,
                            timestamptz '2024-01-01' + n * interval '1 microsecond' as at) of`,
    )
  }
  await pool.query('vacuum analyze plaid.stream_row')
}

/** Items that have been pulled once and have brought an account and no row. */
export async function addItems(pool: Pool, count: number): Promise<void> {
  await bySet(pool, async () => {
    await exec(
      pool,
      sql`insert into plaid.item
            (item_id, client_user_id, access_token, status, pulled_at, next_pull_at)
          select 'more-' || n, 'owner-' || n % 100, '',
                 case when n % 50 = 0 then 'needs_user' else 'healthy' end, now(), 'infinity'
          from generate_series(1, ${count}::int) n`,
    )
    await exec(
      pool,
      sql`insert into plaid.account (account_id, item_id, body)
          select 'account-of-' || item_id, item_id, '"account_id":"account-of-' || item_id || '"}'
          from plaid.item where item_id like 'more-%'`,
    )
  })
  await exec(
    pool,
    sql`insert into plaid.pull (item_id, trigger, mode, status, finished_at)
        select item_id, 'poll', 'incremental', 'succeeded', now() from plaid.item`,
  )
  await exec(
    pool,
    sql`insert into plaid.webhook_event
          (token_hash, body_hash, webhook_type, webhook_code, item_id, body, act, outcome,
           worked_at, published)
        select item_id, item_id, case when n % 100 = 0 then 'ITEM' else 'TRANSACTIONS' end,
               case when n % 100 = 0 then 'ERROR' else 'SYNC_UPDATES_AVAILABLE' end, item_id,
               '{}', 'pull', 'pull', now(), true
        from (select item_id, row_number() over () as n from plaid.item) numbered`,
  )
  for (const table of ['item', 'account', 'pull', 'webhook_event'])
    await pool.query(`vacuum analyze plaid.${table}`)
}

/** One of the two thousand that the rows name. */
export function merchantOf(n: number): string {
  const digest = createHash('md5')
    .update(String(n % 2_000))
    .digest('hex')
    .slice(0, 8)
  return digest.replaceAll(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '')
}
