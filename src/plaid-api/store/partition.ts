// The transactions' table made anew, in partitions by the hash of their ids, in a schema of its own
// until it takes the other's place: so its indexes keep their names.
import { quoteIdent } from '../../postgres/identifier.ts'
import type { Client } from '../../postgres/pool.ts'
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'

const next = 'plaid_next'
const now = 'plaid'
/** Whoever reads or writes longer lets the exchange wait for its next try. */
const lockMs = 800

/** False while another session has it. It is held until the session ends. */
export async function lockPartitioning(db: Client): Promise<boolean> {
  const row = await one<{ held: boolean }>(
    db,
    sql`select pg_try_advisory_lock(hashtextextended('tartan partition', 0)) as held`,
  )
  return row.held
}

/** At once: a connection that ends lets go of it a moment later. */
export async function unlockPartitioning(db: Client): Promise<void> {
  await exec(db, sql`select pg_advisory_unlock(hashtextextended('tartan partition', 0))`)
}

/** 1: not partitioned. */
export function partsNow(db: Db): Promise<number> {
  return partsOf(db, now)
}

async function partsOf(db: Db, schema: string): Promise<number> {
  const row = await maybeOne<{ parts: number }>(
    db,
    sql`select case when c.relkind = 'p' then (
                 select count(*) from pg_inherits where inhparent = c.oid)::int
               else 1 end as parts
        from pg_class c where c.oid = to_regclass(${`${schema}.transaction`})`,
  )
  return row?.parts ?? 0
}

/** An empty one, where there is none of so many parts that was begun with. */
export async function beginNext(db: Client, parts: number): Promise<void> {
  if ((await partsOf(db, next)) === parts) return
  await db.query(`drop schema if exists ${next} cascade`)
  await db.query(`create schema ${next}`)
  const storage = 'with (toast_tuple_target = 8160)'
  await db.query(
    `create table ${next}.transaction (like ${now}.transaction including defaults
       including generated) ${parts === 1 ? storage : 'partition by hash (transaction_id)'}`,
  )
  for (const part of partsFrom(parts)) {
    await db.query(
      `create table ${next}.transaction_${part} partition of ${next}.transaction
       for values with (modulus ${parts}, remainder ${part}) ${storage}`,
    )
  }
  await db.query(`alter table ${next}.transaction
    add constraint transaction_pkey primary key (transaction_id)`)
  const unique = parts === 1 ? 'unique' : '' // as an index of each partition it would be none
  await db.query(`create ${unique} index transaction_feed on ${next}.transaction (updated_at)`)
}

/** Their numbers; one table has none. */
function partsFrom(parts: number): number[] {
  return parts === 1 ? [] : Array.from({ length: parts }, (_, part) => part)
}

/**
 * Takes over up to `limit` rows, in the order of the feed: a row that changes meanwhile comes again
 * behind the last one. Gives how many.
 */
export function copyNext(db: Db, columns: string[], limit: number): Promise<number> {
  const names = columns.map(quoteIdent).join(', ')
  const set = columns.map((name) => `${quoteIdent(name)} = excluded.${quoteIdent(name)}`)
  return exec(db, {
    text: `insert into ${next}.transaction (${names})
           select ${names} from ${now}.transaction
           where updated_at >
             (select coalesce(max(updated_at), '-infinity') from ${next}.transaction)
           order by updated_at limit $1
           on conflict (transaction_id) do update set ${set.join(', ')}`,
    values: [limit],
  })
}

/** Those that are stored; the others are made of them. */
export async function columnsOf(db: Db): Promise<string[]> {
  const rows = await many<{ name: string }>(
    db,
    sql`select attname as name from pg_attribute
        where attrelid = 'plaid.transaction'::regclass and attnum > 0
          and not attisdropped and attgenerated = '' order by attnum`,
  )
  return rows.map(({ name }) => name)
}

/** Those of the other table that it lacks yet. */
export async function missingIndexes(db: Db): Promise<string[]> {
  const rows = await many<{ definition: string }>(
    db,
    sql`select i.indexdef as definition from pg_indexes i
        where i.schemaname = ${now} and i.tablename = 'transaction'
          and not exists (select from pg_indexes n
                          where n.schemaname = ${next} and n.indexname = i.indexname)`,
  )
  const table = new RegExp(` ON (ONLY )?${now}\\.transaction `)
  return rows.map(({ definition }) => definition.replace(table, ` ON ${next}.transaction `))
}

export async function countNext(db: Db): Promise<number> {
  const row = await one<{ n: string }>(
    db,
    sql`select count(*)::text as n from plaid_next.transaction`,
  )
  return Number(row.n)
}

/**
 * Nobody publishes from here to the commit. How many rows there must be. Whoever publishes has the
 * table before the clock, and so it is taken here; and who waits gives up before the server, after
 * a second, would end somebody else for it.
 */
export async function stopClock(db: Client): Promise<number> {
  await db.query(`set local lock_timeout = ${lockMs}`)
  await db.query(`lock table ${now}.transaction in share row exclusive mode`)
  const row = await one<{ n: string }>(
    db,
    sql`select (living + tombstones)::text as n from plaid.feed_clock for update`,
  )
  return Number(row.n)
}

/** Tombstones that were pruned after they were taken over. */
export function pruneNext(db: Db): Promise<number> {
  return exec(
    db,
    sql`delete from plaid_next.transaction
        where deleted_at is not null
          and updated_at <= (select pruned_before from plaid.feed_clock)`,
  )
}

/** Waits for who reads; then it is there at once. */
export async function takePlace(db: Client, parts: number): Promise<void> {
  await db.query(`drop table ${now}.transaction`)
  await db.query(`alter table ${next}.transaction set schema ${now}`)
  for (const part of partsFrom(parts)) {
    await db.query(`alter table ${next}.transaction_${part} set schema ${now}`)
  }
  await db.query(`drop schema ${next}`)
}
