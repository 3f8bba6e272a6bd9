// The warehouse in the browser: whatever is asked, nothing is written, and nothing else is reached.
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createPool, type Pool } from '../../src/postgres/pool.ts'
import { ensureDatabase, ensureReader, readerRole } from '../../src/postgres/provision.ts'
import { uuid } from '../../src/std/ids.ts'
import { Secret } from '../../src/std/secrets.ts'
import { type Heard, testWeb, type TestWeb } from '../support/web.ts'

const name = `warehouse_${uuid().slice(0, 8)}`
const password = new Secret('for the test')
const cleanup = new AsyncDisposableStack()
let owner: Pool
let admin: Pool
let web: TestWeb
let call: Awaited<ReturnType<TestWeb['as']>>

function urlFor(user: string, database: string): Secret {
  const url = new URL(inject('adminUrl'))
  url.username = user
  url.password = password.reveal()
  url.pathname = database
  return new Secret(url.href)
}

function poolFor(url: Secret): Pool {
  const pool = createPool(url, { name: 'test', connectionsMax: 2 })
  cleanup.defer(() => pool.end())
  return pool
}

beforeAll(async () => {
  const superuser = new URL(inject('adminUrl'))
  const server = poolFor(new Secret(superuser.href))
  await ensureDatabase(server, name, password)
  superuser.pathname = name
  admin = poolFor(new Secret(superuser.href))
  owner = poolFor(urlFor(name, name))
  await owner.query('create schema before')
  await owner.query('create table before.there (id integer)')
  await ensureReader(admin, { owner: name, password })
  await owner.query(`
    create schema airbyte_plaid;
    create table airbyte_plaid.accounts (account_id text primary key, name text, balance numeric);
    create table airbyte_plaid.log (at date, words text);
    create table airbyte_plaid.counted (n integer);
    create view airbyte_plaid.rich as select name from airbyte_plaid.accounts where balance > 10;
    create sequence airbyte_plaid.counter;
    insert into airbyte_plaid.accounts
      select 'a' || i, case when i % 3 = 0 then null else 'name ' || i % 7 end, i / 4.0
      from generate_series(1, 250) i;
    insert into airbyte_plaid.log select date '2026-01-01' + i % 5, 'w' || i
      from generate_series(1, 30) i;
    analyze airbyte_plaid.accounts`)
  const readerUrl = urlFor(readerRole, name)
  web = cleanup.use(await testWeb({ readerRole, warehouseUrl: () => Promise.resolve(readerUrl) }))
  call = await web.as('operator')
})

afterAll(() => cleanup.disposeAsync())

function sql(query: string, limit?: number): Promise<Heard> {
  const body = { query, ...(limit === undefined ? {} : { limit }) }
  return call('/web/sql', { method: 'POST', body })
}

/** Everything that somebody could have changed. */
async function digest(): Promise<unknown> {
  const { rows } = await admin.query(`
    select (select md5(string_agg(t::text, ',' order by t)) from airbyte_plaid.accounts t) as rows,
           (select last_value::text || is_called from airbyte_plaid.counter) as counter,
           (select count(*) from pg_largeobject_metadata) as objects,
           (select string_agg(relname || relacl::text, ',' order by oid) from pg_class) as things,
           (select string_agg(rolname || rolsuper, ',' order by rolname) from pg_roles
             where rolname in ('x', '${name}', '${readerRole}')) as roles,
           (select count(*) from pg_locks join pg_database on oid = database
             where locktype = 'advisory' and datname = '${name}') as locks,
           (select string_agg(setconfig::text, ',' order by setrole) from pg_db_role_setting
             where setrole = to_regrole('${readerRole}')) as settings`)
  return rows
}

const attempts = [
  `insert into airbyte_plaid.accounts values ('x')`,
  `update airbyte_plaid.accounts set name = 'x'`,
  `delete from airbyte_plaid.accounts`,
  `truncate airbyte_plaid.accounts`,
  `drop table airbyte_plaid.accounts`,
  `alter table airbyte_plaid.accounts add column x text`,
  `create table airbyte_plaid.x ()`,
  `create temp table x ()`,
  `create schema x`,
  `create role x superuser`,
  `alter role ${readerRole} superuser`,
  `grant select on airbyte_plaid.accounts to public`,
  `merge into airbyte_plaid.accounts using (select 1) s on true when matched then delete`,
  `with gone as (delete from airbyte_plaid.accounts returning 1) select 1 from gone`,
  `with new as (insert into airbyte_plaid.accounts values ('x') returning 1) table new`,
  `explain analyze delete from airbyte_plaid.accounts`,
  `explain (analyze) update airbyte_plaid.accounts set name = 'x'`,
  `select 1 into airbyte_plaid.x`,
  `select name from airbyte_plaid.accounts for update`,
  `select nextval('airbyte_plaid.counter')`,
  `select setval('airbyte_plaid.counter', 9)`,
  `select lo_create(4711)`,
  `select lo_from_bytea(4712, 'x')`,
  `select lo_import('/etc/passwd')`,
  `select pg_read_file('/etc/passwd')`,
  `select pg_ls_dir('/')`,
  `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${name}'`,
  `select rolpassword from pg_authid`,
  `select pg_reload_conf()`,
  `select set_config('transaction_read_only', 'off', true)`,
  `set transaction read write`,
  `begin read write`,
  `do $$ begin delete from airbyte_plaid.accounts; end $$`,
  `do $$ begin commit; delete from airbyte_plaid.accounts; end $$`,
  `copy airbyte_plaid.accounts from program 'echo x'`,
  `copy (select 1) to program 'touch /tmp/x'`,
  `copy airbyte_plaid.accounts to '/tmp/x'`,
  `/* a /* in a */ */ copy (select 1) to program 'touch /tmp/x'`,
  `-- words\n  copy airbyte_plaid.accounts from stdin`,
  `select 1; delete from airbyte_plaid.accounts`,
  `select 1; commit; delete from airbyte_plaid.accounts`,
  `lock table airbyte_plaid.accounts in access share mode`,
  `notify somebody`,
  `vacuum airbyte_plaid.accounts`,
  `refresh materialized view airbyte_plaid.rich`,
  `call something()`,
  `prepare p as select 1`,
  `select * from dblink('dbname=tartan', 'select 1') as t (x integer)`,
]

describe('a query', () => {
  test.each(attempts)('cannot write: %s', async (query) => {
    const before = await digest()
    const answer = await sql(query)
    expect([400, 409, 500]).toContain(answer.status)
    expect(answer.body.error).toBeDefined()
    expect(await digest()).toEqual(before)
  })

  test('leaves nothing behind that meets the next one', async () => {
    const first = `select set_config('statement_timeout', '0', false), pg_advisory_lock(7)`
    expect((await sql(first)).status).toBe(200)
    const next = await sql(`select current_setting('statement_timeout')`)
    expect(next.body['rows']).toEqual([['15s']])
    const locks = `select 1 from pg_locks where locktype = 'advisory' and objid = 7`
    await expect.poll(async () => (await admin.query(locks)).rows).toEqual([])
  })

  test('gives the server’s own text, with names and types', async () => {
    const answer = await sql(
      `select 1.10::numeric(10,2) as "a b", null, '{"b": 1}'::jsonb as j, 12345678901234567890`,
    )
    expect(answer.body).toMatchObject({
      columns: [
        { name: 'a b', type: 'numeric(10,2)' },
        { name: '?column?', type: 'text' },
        { name: 'j', type: 'jsonb' },
        { name: '?column?', type: 'numeric' },
      ],
      rows: [['1.10', null, '{"b": 1}', '12345678901234567890']],
      truncated: false,
    })
  })

  test('has so many rows, and says that there are more', async () => {
    const cut = await sql('select generate_series(1, 100000)', 10)
    expect(cut.body['rows']).toHaveLength(10)
    expect(cut.body['truncated']).toBe(true)
    const exact = await sql('select generate_series(1, 10)', 10)
    expect(exact.body['truncated']).toBe(false)
  })

  test('that answers with too much is ended', async () => {
    const answer = await sql(`select repeat('x', 30000000)`)
    expect([answer.status, answer.body.error?.code]).toEqual([413, 'RESULT_TOO_LARGE'])
    expect((await sql('select 1')).status).toBe(200)
  })

  test('with a slip is told where', async () => {
    const answer = await sql(`  select nam from airbyte_plaid.accounts`)
    expect(answer.body.error).toMatchObject({ code: 'QUERY_FAILED', field: 'query', position: 10 })
    expect((await sql('selec 1')).body.error?.message).toContain('selec')
    const plan = { method: 'POST', body: { query: 'select nam from airbyte_plaid.accounts' } }
    expect((await call('/web/sql/explain', plan)).body.error).toMatchObject({ position: 8 })
  })

  test('is planned without being run', async () => {
    const query = 'select 1 from airbyte_plaid.accounts'
    const answer = await call('/web/sql/explain', { method: 'POST', body: { query } })
    expect(answer.body['plan']).toMatchObject({ 'Relation Name': 'accounts' })
  })

  test('is cancelled by whoever runs it, and two run at once', async () => {
    const slow = [sql('select pg_sleep(14)'), sql('select pg_sleep(14)')]
    const running = `select count(*)::int as n from pg_stat_activity where query like '%sleep(14%'
      and usename = '${readerRole}' and state = 'active'`
    await expect.poll(async () => (await admin.query(running)).rows).toEqual([{ n: 2 }])
    expect((await sql('select 1')).status).toBe(429)
    const other = await web.as('operator')
    const none = await other('/web/sql/cancel', { method: 'POST', body: {} })
    expect(none.body).toEqual({ cancelled: 0 })
    const ended = await call('/web/sql/cancel', { method: 'POST', body: {} })
    expect(ended.body).toEqual({ cancelled: 2 })
    for (const answer of await Promise.all(slow)) {
      expect(answer.body.error?.code).toBe('QUERY_CANCELLED')
    }
    await expect.poll(async () => (await admin.query(running)).rows).toEqual([{ n: 0 }])
  })
})

test('where SQL is switched off, nobody asks', async () => {
  await using off = await testWeb({ sql: false })
  const admin = await off.as('admin')
  for (const path of ['/web/sql', '/web/sql/explain']) {
    const answer = await admin(path, { method: 'POST', body: { query: 'select 1' } })
    expect([answer.status, answer.body.error?.code]).toEqual([403, 'SQL_OFF'])
  }
  expect((await admin('/web/tables')).status).toBe(200)
})

describe('the role for reading', () => {
  test('reads what was there before it, and what its owner makes later', async () => {
    for (const table of ['before.there', 'airbyte_plaid.accounts', 'airbyte_plaid.rich']) {
      expect((await sql(`select count(*) from ${table}`)).status).toBe(200)
    }
  })

  test('opens no other database', async () => {
    const [other] = (await admin.query<{ name: string }>('select current_database() as name')).rows
    expect(other?.name).toBe(name)
    const server = new URL(inject('adminUrl'))
    const second = `other_${uuid().slice(0, 8)}`
    await ensureDatabase(poolFor(new Secret(server.href)), second, password)
    const pool = poolFor(urlFor(readerRole, second))
    await expect(pool.query('select 1')).rejects.toThrow(/permission denied for database/)
  })
})

describe('a table', () => {
  const base = '/web/tables/airbyte_plaid'

  test('is listed with its size, and described with its keys', async () => {
    const { body } = await call('/web/tables')
    expect(body['reader']).toBe(readerRole)
    expect(body['tables']).toContainEqual(
      expect.objectContaining({ schema: 'airbyte_plaid', name: 'accounts', rows_estimate: '250' }),
    )
    const table = await call(`${base}/accounts`)
    expect(table.body['columns']).toMatchObject([
      { name: 'account_id', type: 'text', key: 1 },
      { name: 'name', nullable: true, key: null },
      { name: 'balance', type: 'numeric' },
    ])
    expect((table.body['columns'] as { doc: string }[])[0]?.doc).toMatch(/\w/)
    expect((await call(`${base}/nothing`)).status).toBe(404)
    expect((await call('/web/tables/pg_catalog/pg_class')).status).toBe(404)
  })

  test('says how many rows were ever written to it, and of a view to any table', async () => {
    const written = async (path: string) => (await call(`${base}/${path}`)).body['written']
    const before = await written('counted')
    const client = await owner.connect()
    await client.query(`insert into airbyte_plaid.counted select generate_series(1, 12)`)
    await client.query(`update airbyte_plaid.counted set n = -n where n < 4`)
    await client.query(`delete from airbyte_plaid.counted where n = 12`)
    await client.query('select pg_stat_force_next_flush()')
    await client.query('select 1')
    client.release()
    expect(before).toEqual({ inserted: 0, updated: 0, deleted: 0 })
    const now = { inserted: 12, updated: 3, deleted: 1 }
    expect(await written('counted')).toEqual(now)
    expect(await written('counted/rows')).toEqual(now)
    const { inserted } = (await written('rich')) as { inserted: number }
    expect(inserted).toBeGreaterThanOrEqual(250 + 12)
  })

  async function all(path: string): Promise<(string | null)[][]> {
    const rows: (string | null)[][] = []
    for (let after = '', pages = 0; pages < 100; pages++) {
      const mark = path.includes('?') ? '&' : '?'
      const answer = await call(`${base}/${path}${mark}limit=37${after}`)
      expect(answer.status).toBe(200)
      rows.push(...(answer.body['rows'] as string[][]))
      const next = answer.body['next'] as string | null
      if (next === null) return rows
      after = `&after=${encodeURIComponent(next)}`
    }
    throw new Error('the pages do not end')
  }

  const orders = [
    ['accounts/rows', 'account_id collate "C"'],
    ['accounts/rows?sort=-balance', 'balance desc, account_id'],
    ['accounts/rows?sort=name', 'name nulls last, account_id'],
    ['accounts/rows?sort=-name', 'name desc nulls last, account_id'],
  ]

  test.each(orders)('is read page by page in its order: %s', async (path, order) => {
    const { rows } = await owner.query<{ id: string }>(
      `select account_id as id from airbyte_plaid.accounts order by ${order}`,
    )
    expect((await all(path)).map(([id]) => id)).toEqual(rows.map(({ id }) => id))
  })

  test('without a key is read whole all the same, and a view too', async () => {
    expect(new Set((await all('log/rows?sort=at')).map(([, words]) => words)).size).toBe(30)
    expect(new Set((await all('log/rows')).map(([, words]) => words)).size).toBe(30)
    expect(await all('rich/rows')).toHaveLength(210)
  })

  const filters = [
    ['balance.gte.60', 11],
    ['name.contains.NAME 1', 24],
    ['name.null.', 83],
    ['name.ne.name 1', 226],
    ['account_id.eq.a7', 1],
  ] as const

  test.each(filters)('is filtered: %s', async (filter, count) => {
    expect(await all(`accounts/rows?filter=${encodeURIComponent(filter)}`)).toHaveLength(count)
  })

  const wrong = [
    'filter=balance.gte.abc',
    'filter=nothing.eq.1',
    'filter=name.like.x',
    'sort=name;drop table x',
    'sort="name"',
    'after=xyz',
    `after=${Buffer.from('["x",1]').toString('base64url')}`,
    'limit=-1',
    'more=1',
  ]

  test.each(wrong)('a question that is none is refused: %s', async (query) => {
    const answer = await call(`${base}/accounts/rows?${encodeURI(query)}`)
    expect([answer.status, answer.body.error?.code]).toEqual([400, expect.any(String)])
  })
})
