// What years bring, laid straight into the tables: a thousand banks, three hundred thousand jobs,
// a hundred thousand transactions. Each row is one that the system made, under another id.
import type { Pool } from '../../src/postgres/pool.ts'
import type { System } from './system.ts'

export const large = { banks: 1_000, accountsOfBank: 3, jobs: 300_000, transactions: 100_000 }

/** The columns that a copied row takes over as they are. */
async function othersOf(pool: Pool, table: string, own: string[]): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped
       and attgenerated = '' and not attname = any ($2)`,
    [table, own],
  )
  return rows.map(({ name }) => name).join(', ')
}

async function addBanks(store: Pool): Promise<void> {
  const items = await othersOf(store, 'plaid.item', ['item_id', 'institution_name', 'status'])
  await store.query(
    `insert into plaid.item (item_id, institution_name, status, ${items})
     select 'bank' || n, 'Bank number ' || n,
       case when n % 50 = 0 then 'needs_user' else 'healthy' end, ${items}
     from (select * from plaid.item limit 1) one, generate_series(1, $1::int) n`,
    [large.banks],
  )
  const accounts = await othersOf(store, 'plaid.account', ['account_id', 'item_id', 'body'])
  await store.query(
    `insert into plaid.account (account_id, item_id, body, ${accounts})
     select id, 'bank' || n, replace(replace(body, account_id, id), item_id, 'bank' || n),
       ${accounts}
     from (select * from plaid.account limit 1) one, generate_series(1, $1::int) n,
       generate_series(1, $2::int) k, lateral (select 'account' || n || '-' || k as id) ids`,
    [large.banks, large.accountsOfBank],
  )
}

/** One a second until now, each hundredth failed. */
async function addJobs(store: Pool): Promise<void> {
  const all = `generate_series(1, ${large.jobs}) n,
    lateral (select now() - make_interval(secs => ${large.jobs} - n) as at,
      case when n % 100 = 0 then 'failed' else 'succeeded' end as status) of`
  await store.query(
    `insert into engine.job (id, connection_id, type, status, run_at, created_at, updated_at)
     overriding system value
     select 1000 + n, (select id from engine.connection limit 1), 'sync', status, at, at, at
     from ${all}`,
  )
  await store.query(
    `insert into engine.attempt
       (id, job_id, number, status, worker, lease_until, created_at, updated_at, ended_at)
     overriding system value
     select 1000 + n, 1000 + n, 0, status, 'none', at, at, at, at from ${all}`,
  )
  await store.query(
    `insert into engine.attempt_stream (attempt_id, name, namespace, records_emitted,
       bytes_emitted, records_committed, bytes_committed, states_emitted)
     select 1000 + n, name, '', n, n * 100, n, n * 100, 1
     from generate_series(1, ${large.jobs}) n, unnest(array['accounts', 'transactions']) name`,
  )
}

async function addTransactions(warehouse: Pool): Promise<void> {
  const table = 'airbyte_plaid.transactions'
  const others = await othersOf(warehouse, table, ['transaction_id', 'name'])
  await warehouse.query(
    `insert into ${table} (transaction_id, name, ${others})
     select 'large' || n, 'Number ' || n, ${others}
     from (select * from ${table} limit 1) one, generate_series(1, $1::int) n`,
    [large.transactions],
  )
}

export async function makeLarge({ store, warehouse }: System): Promise<void> {
  await Promise.all([addBanks(store), addJobs(store), addTransactions(warehouse)])
  await Promise.all([store.query('analyze'), warehouse.query('analyze')])
}
