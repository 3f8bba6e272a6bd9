// The models over a whole system: what they say is what the emulated banks say, a second run takes
// only what changed, and as the step after a sync they fail nothing but themselves.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readKey } from '../../src/server/keys.ts'
import { many, one, sql } from '../../src/postgres/query.ts'
import type { Loose } from '../support/engine.ts'
import { startSystem, type System } from '../support/system.ts'

const MINUTES = 60_000
/** A run of dbt takes half a minute on a machine that has more to do. */
const runs = { timeout: 10 * MINUTES }
let system: System

beforeAll(async () => {
  system = await startSystem()
  await system.tartan('models') // the first one installs dbt
}, 10 * MINUTES)

afterAll(() => system[Symbol.asyncDispose](), 2 * MINUTES)

async function pullAndSync(): Promise<void> {
  await system.tartan('plaid-sync')
  await system.tartan('sync')
}

/** How many rows a run has put into the facts. */
function taken(output: string): number {
  const line = /incremental model \S+\.fct_transactions \.+ \[INSERT 0 (\d+) /.exec(output)
  return Number(line?.[1])
}

function facts(): Promise<{ rows: number; total: string; differing: number }> {
  return one(
    system.warehouse,
    sql`select count(*)::int as rows, coalesce(sum(f.amount), 0)::text as total,
               count(*) filter (where t.transaction_id is null
                 or t.amount is distinct from f.amount or t.date is distinct from f.date
                 or t.updated_at <> f.updated_at)::int as differing
        from plaid_models.fct_transactions f
        full join airbyte_plaid.transactions t using (transaction_id)`,
  )
}

function banks(): Promise<{ rows: number; total: string }> {
  return one(
    system.store,
    sql`select count(*)::int as rows, coalesce(sum(amount), 0)::text as total
        from plaid.transaction where deleted_at is null`,
  )
}

test('the facts are the banks’ transactions, and no currency is added to another', async () => {
  const { differing, ...there } = await facts()
  expect(there.rows).toBeGreaterThan(1_000)
  expect([there, differing]).toEqual([await banks(), 0])
})

test('gross spending is the third query, and spending is less by what changed accounts', async () => {
  const query = sql`select t.category, date_trunc('month', t.date)::date as month,
      sum(t.amount)::text as total, count(*)::int as n
    from airbyte_plaid.transactions t where t.amount > 0 group by 1, 2 order by 1, 2`
  const model = sql`select category, month, sum(spent_gross)::text as total,
      sum(gross_count)::int as n
    from plaid_models.monthly_spending_by_category where gross_count > 0
    group by 1, 2 order by 1, 2`
  expect(await many(system.warehouse, model)).toEqual(await many(system.warehouse, query))
  const { own, differs } = await one<{ own: number; differs: boolean }>(
    system.warehouse,
    sql`select (select count(*) from plaid_models.int_transfers_matched)::int as own,
          (select sum(spent) from plaid_models.monthly_spending_by_category)
            <> (select sum(amount) from plaid_models.fct_transactions
                where flow = 'spending' and not is_pending) as differs`,
  )
  expect(own).toBeGreaterThan(50)
  expect(differs).toBe(false)
})

test(
  'a second run takes nothing, and after a change what changed; what is gone is gone',
  runs,
  async () => {
    expect(taken(await system.tartan('models'))).toBe(0)
    const [item] = await many<{ item_id: string }>(
      system.store,
      sql`select item_id from plaid.item where institution_id = 'ins_109508'`,
    )
    const before = await facts()
    const mutate = { item_id: item?.item_id, add: 5, modify: 3, remove: 4 }
    await system.emulator({ mutate })
    await pullAndSync()
    const changed = taken(await system.tartan('models'))
    expect(changed).toBeGreaterThanOrEqual(8)
    expect(changed).toBeLessThan(40) // and transfers whose other side went
    const { differing, ...after } = await facts()
    expect([after, differing]).toEqual([await banks(), 0])
    expect(after.rows).toBe(before.rows + 5 - 4)
  },
)

test('a balance reckoned back is the one that the bank had on that day', runs, async () => {
  const { day } = await one<{ day: string }>(
    system.warehouse,
    sql`select max(date)::text as day from airbyte_plaid.transactions where not pending`,
  )
  // That day is not over: what it has brought so far is taken off, for the evening before.
  const had = await many<{ account_id: string; balance: string }>(
    system.warehouse,
    sql`select account_id, trim_scale(current_balance
          + case type when 'credit' then -1 else 1 end * coalesce(sum(amount), 0))::text as balance
        from airbyte_plaid.accounts
        left join (select account_id, amount from airbyte_plaid.transactions
                   where not pending and date = ${day}::date) today using (account_id)
        where type in ('depository', 'credit') group by account_id order by 1`,
  )
  expect(had.length).toBeGreaterThan(3)
  await system.emulator({ advance: '40d' })
  await pullAndSync()
  // As if nobody had looked before.
  await system.warehouse.query('drop schema if exists plaid_models cascade')
  await system.tartan('models')
  const reckoned = await many(
    system.warehouse,
    sql`select account_id, trim_scale(balance)::text as balance
        from plaid_models.balances_daily join plaid_models.dim_accounts using (account_id)
        where day = ${day}::date - 1 and is_derived and type in ('depository', 'credit')
        order by 1`,
  )
  expect(reckoned).toEqual(had)
})

test('two runs at once go one after the other', runs, async () => {
  const outputs = await Promise.all([system.tartan('models'), system.tartan('models')])
  for (const output of outputs) expect(output).toContain('Completed successfully')
})

test(
  'after a sync they run within the job; one that fails is told there and fails no sync',
  runs,
  async () => {
    await system.tartan('setup', '--post-sync', 'dbt')
    expect((await lastJob()).attempt.postSync).toBeUndefined()
    await system.tartan('sync')
    const well = await lastJob()
    expect(well.attempt.postSync).toEqual({ command: 'dbt', status: 'succeeded' })
    expect(well.log).toContain('dbt: ')
    expect(well.log).toContain('Completed successfully')
    // Somebody's trigger is in the way.
    await system.warehouse.query(
      `create function plaid_models.refuse() returns trigger language plpgsql as
       $$ begin raise exception 'not while I look'; end $$;
     create trigger refuse before delete on plaid_models.fct_transactions
       for each statement execute function plaid_models.refuse()`,
    )
    await system.tartan('sync')
    const broken = await lastJob()
    expect(broken.status).toBe('succeeded')
    expect(broken.attempt.postSync).toMatchObject({ command: 'dbt', status: 'failed' })
    expect(broken.log).toMatch(/ERROR creating sql incremental model \S+fct_transactions/)
    expect(broken.log).toContain('not while I look')
    await system.warehouse.query('drop function plaid_models.refuse() cascade')
    await system.tartan('setup', '--post-sync', 'none')
    await system.tartan('sync')
    expect((await lastJob()).attempt.postSync).toBeUndefined()
  },
)

test('the warehouse’s password is in nothing that dbt leaves', async () => {
  const password = (await readKey(system.settings.dataFolder, 'warehouse.password')).reveal()
  const folder = join(system.settings.dataFolder, 'dbt')
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter(
    (one) => one.isFile() && !one.parentPath.slice(folder.length).startsWith('/venv-'),
  )
  expect(files.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['dbt.log', 'manifest.json']),
  )
  for (const { parentPath, name } of files) {
    expect([name, (await readFile(join(parentPath, name))).includes(password)]).toEqual([
      name,
      false,
    ])
  }
})

async function lastJob(): Promise<{ status: string; attempt: Loose; log: string }> {
  const { data } = await system.airbyte.publicApi<Loose>(
    'GET',
    `/jobs?limit=1&orderBy=${encodeURIComponent('createdAt|DESC')}`,
  )
  const { job, attempts } = await system.airbyte.configApi<Loose>('/jobs/get', {
    id: data[0].jobId,
  })
  const { attempt, logs } = attempts.at(-1)
  return { status: job.status, attempt, log: logs.logLines.join('\n') }
}
