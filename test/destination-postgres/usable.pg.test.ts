// `check` looks at what a sync needs, and says what mends it; a write says the same rather than
// hang or call it a fault of ours. A role's own settings change nothing.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool } from '../../src/postgres/pool.ts'
import { Secret } from '../../src/std/secrets.ts'
import { runConnector } from '../support/connector.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import { startPooler } from '../support/pooler.ts'
import { startServer, type TestServer } from '../support/postgres.ts'
import { complete, dedup, row, state, values, warehouseConfig } from '../support/warehouse.ts'

async function answer(config: object): Promise<{ status: string; message?: string }> {
  const result = await runConnector('destination-postgres', 'check', { config })
  expect(result.code).toBe(0)
  const [message] = result.messages
  expect(message?.type).toBe('CONNECTION_STATUS')
  return (message as unknown as { connectionStatus: { status: string } }).connectionStatus
}

async function sync(config: object, more: object[] = [row('a', 1)]) {
  const inputs = { config, catalog: { streams: [dedup()] } }
  return runConnector('destination-postgres', 'write', inputs, [...more, state(1), complete()])
}

const failed = (message: RegExp) => ({
  status: 'FAILED',
  message: expect.stringMatching(message) as string,
})

/** A role of the test's own, which may connect and nothing else. */
async function role(db: TestDatabase, name: string, grants: string[]): Promise<object> {
  const own = `${db.name}_${name}`
  const pool = db.pool()
  await pool.query(`create role ${own} login password 'r'`)
  await pool.query(`revoke all on database ${db.name} from public`)
  await pool.query(`grant connect on database ${db.name} to ${own}`)
  for (const grant of grants) await pool.query(grant.replaceAll('$r', own))
  return warehouseConfig(db, { username: own, password: 'r' })
}

describe('rights', () => {
  const temp = (db: TestDatabase) => `grant temporary on database ${db.name} to $r`
  const all = (db: TestDatabase) => `grant all on database ${db.name} to $r`

  test('no temporary tables', async () => {
    await using db = await testDatabase()
    const config = await role(db, 'a', [`grant create on database ${db.name} to $r`])
    expect(await answer(config)).toEqual(failed(/temporary tables.*: grant temporary on database/))
  })

  test('no right to make a schema', async () => {
    await using db = await testDatabase()
    const config = await role(db, 'a', [temp(db)])
    expect(await answer(config)).toEqual(failed(/schema w is not there.*create schema "w"/))
  })

  test('a schema of somebody else', async () => {
    await using db = await testDatabase()
    const config = await role(db, 'a', [
      all(db),
      'create schema w',
      'grant usage on schema w to $r',
    ])
    expect(await answer(config)).toEqual(failed(/grant usage, create on schema "w"/))
  })

  test('an internal schema of another destination', async () => {
    await using db = await testDatabase()
    expect((await sync(warehouseConfig(db, { schema: 'other' }))).code).toBe(0)
    const narrow = await role(db, 'a', [temp(db), 'create schema w authorization $r'])
    expect(await answer(narrow)).toEqual(failed(/airbyte_internal.*set raw_data_schema/))
    expect(await answer({ ...narrow, raw_data_schema: 'w' })).toEqual({ status: 'SUCCEEDED' })
    const used = await role(db, 'b', [
      temp(db),
      'grant usage, create on schema w to $r',
      'grant usage on schema airbyte_internal to $r',
    ])
    expect(await answer(used)).toEqual(failed(/airbyte_internal.*select, insert, update/))
  })

  test.each([
    ['altered', 'alter table airbyte_internal.fence drop column filled'],
    [
      'somebody else’s',
      'drop table airbyte_internal.fence; create view airbyte_internal.fence as select 1 as id',
    ],
  ])('an internal table that is %s', async (_, harm) => {
    await using db = await testDatabase()
    const config = warehouseConfig(db)
    expect((await sync(config)).code).toBe(0)
    await db.pool().query(harm)
    const said = /airbyte_internal\.fence is not as the destination makes it.*rename or drop it/
    expect(await answer(config)).toEqual(failed(said))
    const refused = await sync(config)
    expect(refused).toMatchObject({ code: 3, states: [] })
    expect(refused.errors[0]?.message).toMatch(said)
  })

  test('a table of another role', async () => {
    await using db = await testDatabase()
    expect((await sync(warehouseConfig(db))).code).toBe(0)
    const config = await role(db, 'a', [
      all(db),
      'grant all on schema w, airbyte_internal to $r',
      'grant all on all tables in schema w, airbyte_internal to $r',
    ])
    expect(await answer(config)).toEqual(failed(/w\.things belongs to .*alter table "w"\."things"/))
    // Of a destination of its own, for which another role's table only is a neighbour.
    expect(await answer({ ...config, raw_data_schema: 'mine' })).toEqual({ status: 'SUCCEEDED' })
  })
})

describe('the database', () => {
  test('that has not every character', async () => {
    await using db = await testDatabase()
    const name = `${db.name}_latin`
    const admin = db.pool()
    await admin.query(`create database ${name} encoding 'LATIN1' locale_provider libc
      locale 'C' template template0`)
    try {
      const config = warehouseConfig(db, { database: name })
      expect(await answer(config)).toEqual(failed(/LATIN1.*encoding 'UTF8'/))
      const { errors } = await sync(config)
      expect(errors[0]).toMatchObject({ failure_type: 'config_error' })
    } finally {
      await admin.query(`drop database ${name} with (force)`)
    }
  })

  test.each(['role $r', 'database $d'])('that is read-only: alter %s', async (what) => {
    await using db = await testDatabase()
    const config = await role(db, 'a', [
      `grant all on database ${db.name} to $r`,
      `alter ${what.replace('$d', db.name)} set default_transaction_read_only = on`,
    ])
    expect(await answer(config)).toEqual(failed(/read-only.*default_transaction_read_only/))
    const { errors, states } = await sync(config)
    expect(errors[0]).toMatchObject({
      failure_type: 'config_error',
      message: expect.stringContaining('read-only') as string,
    })
    expect(states).toEqual([])
  })
})

describe('a pooler in transaction mode', () => {
  let folder: string
  let server: TestServer

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tartan pooled '))
    const hba = join(folder, 'hba.conf')
    await writeFile(hba, 'host all all all trust\n')
    server = await startServer(join(folder, 'pg'), { settings: { hba_file: hba } })
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const config = (port: number) => ({
    host: '127.0.0.1',
    port,
    database: 'postgres',
    schema: 'w',
    username: 'postgres',
    password: 'x',
    ssl_mode: { mode: 'prefer' },
  })

  test.each([
    { sessions: 2, take: 'next' },
    { sessions: 4, take: 'last' },
    { sessions: 1, take: 'last' },
  ] as const)('is told of, by check and by write: %j', async (options) => {
    await using pooler = await startPooler(server.port, options)
    const sentence = /one server session and then another.*the server’s own address/
    expect(await answer(config(pooler.port))).toEqual(failed(sentence))
    const { errors, states } = await sync(config(pooler.port))
    expect(errors[0]).toMatchObject({
      failure_type: 'config_error',
      message: expect.stringMatching(sentence) as string,
    })
    expect(states).toEqual([])
  })
})

test('a role’s own settings change nothing', async () => {
  await using db = await testDatabase()
  const hostile = {
    search_path: 'evil, pg_catalog',
    statement_timeout: '300ms',
    lock_timeout: '1ms',
    idle_in_transaction_session_timeout: '300ms',
    idle_session_timeout: '300ms',
    transaction_timeout: '300ms',
    DateStyle: 'SQL, DMY',
    IntervalStyle: 'sql_standard',
    TimeZone: 'Asia/Kolkata',
    standard_conforming_strings: 'off',
    bytea_output: 'escape',
    extra_float_digits: '-15',
    default_transaction_isolation: 'serializable',
    default_transaction_deferrable: 'on',
    row_security: 'off',
    synchronous_commit: 'off',
    client_encoding: 'LATIN1',
    array_nulls: 'off',
  }
  const config = await role(db, 'a', [
    `grant all on database ${db.name} to $r`,
    'create schema evil',
    'grant usage on schema evil to $r',
    'create function evil.set_config(text, text, boolean) returns text return $1 || $2',
    'create function evil.pg_backend_pid() returns int return 1',
    ...Object.entries(hostile).map(([name, value]) =>
      name === 'search_path'
        ? `alter role $r set ${name} = ${value}`
        : `alter role $r set ${name} = '${value}'`,
    ),
  ])
  expect(await answer(config)).toEqual({ status: 'SUCCEEDED' })
  const odd = 'it’s \\ “odd” €'
  for (const at of [1, 2]) {
    const result = await sync(config, [row('a', at, odd), row(`b${at}`, at)])
    expect(result).toMatchObject({ code: 0, errors: [] })
    expect(values(result.states)).toEqual([1])
  }
  const { rows } = await db.pool().query('select id, at, note from w.things order by id')
  expect(rows).toEqual([
    { id: 'a', at: '2', note: odd },
    { id: 'b1', at: '1', note: 'b1@1' },
    { id: 'b2', at: '2', note: 'b2@2' },
  ])
  const url = new URL(db.url.reveal())
  Object.assign(url, { username: `${db.name}_a`, password: 'r' })
  const pool = createPool(new Secret(url.href), { name: 'test' })
  try {
    const settings = 'search_path|DateStyle|TimeZone|bytea_output|lock_timeout|transaction_timeout'
    const { rows: found } = await pool.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings where name ~ '^(${settings})$' order by name`,
    )
    expect(Object.fromEntries(found.map(({ name, setting }) => [name, setting]))).toEqual({
      DateStyle: 'ISO, YMD',
      TimeZone: 'UTC',
      bytea_output: 'hex',
      lock_timeout: '0',
      search_path: '"$user",public',
      transaction_timeout: '0',
    })
    // Longer than the role would let a statement or a session live.
    await pool.query('select pg_sleep(0.4)')
  } finally {
    await pool.end()
  }
})
