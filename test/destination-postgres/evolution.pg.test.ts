// A stream that changes its shape between syncs keeps its table, rows, grants and views (L8).
import { expect, test } from 'vitest'
import { ConnectorProcess } from '../support/connector.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import {
  append,
  complete,
  dedup,
  record,
  row,
  state,
  things,
  warehouseConfig,
  write,
} from '../support/warehouse.ts'
import type { ConfiguredStream } from '../../src/protocol/message.ts'

const sync = (db: TestDatabase, stream: ConfiguredStream, input: object[], more = {}) =>
  write(db, [stream], input, more)

function shaped(properties: object): ConfiguredStream {
  const all = { id: { type: 'string' }, at: { type: 'integer' }, ...properties }
  return dedup({ ...things, json_schema: { properties: all } })
}

test('a new column comes, a lost one stays, a changed type is cast', async () => {
  await using db = await testDatabase()
  const before = shaped({ note: { type: 'string' }, n: { type: 'integer' } })
  await sync(db, before, [record({ id: 'a', at: 1, note: '12', n: 3 }), complete()])
  const after = shaped({ note: { type: 'number' }, fresh: { type: 'boolean' } })
  const result = await sync(db, after, [
    record({ id: 'b', at: 2, note: 1.5, fresh: true }),
    complete(),
  ])
  expect(result).toMatchObject({ code: 0, errors: [] })
  const { rows } = await db.pool().query('select id, note, n, fresh from w.things order by id')
  expect(rows).toEqual([
    { id: 'a', note: '12', n: '3', fresh: null },
    { id: 'b', note: '1.5', n: null, fresh: true },
  ])
})

test('a type that somebody changes while rows come is met as it is then', async () => {
  await using db = await testDatabase()
  const stream = shaped({ on: { type: 'boolean' }, any: { type: 'object' } })
  await using writer = await ConnectorProcess.start('destination-postgres', 'write', {
    config: warehouseConfig(db),
    catalog: { streams: [stream] },
  })
  await writer.send(state(0))
  await writer.until((messages) => messages.some(({ type }) => type === 'STATE'))
  await db.pool().query('alter table w.things alter "on" type text, alter "any" type text')
  const rows = ['a', 'b', 'c'].map((id, at) => record({ id, at, on: true, any: { n: 1 } }))
  await writer.send(...rows, state(1), complete())
  writer.end()
  expect(await writer.result()).toMatchObject({ code: 0, errors: [] })
  const found = await db.pool().query('select distinct "on"::boolean, "any"::jsonb from w.things')
  expect(found.rows).toEqual([{ on: true, any: { n: 1 } }])
})

test('a type that its rows do not fit is refused, and nothing is lost', async () => {
  await using db = await testDatabase()
  await sync(db, dedup(), [row('a', 1, 'text'), complete()])
  const changed = shaped({ note: { type: 'integer' } })
  const result = await sync(db, changed, [record({ id: 'b', at: 2, note: 2 }), state(1)])
  expect(result.code).not.toBe(0)
  expect(result.states).toEqual([])
  expect(result.errors[0]).toMatchObject({
    failure_type: 'config_error',
    message: expect.stringMatching(/w\.things .* things: alter column "note" .*bigint/) as string,
  })
  // The value that did not fit is nobody's business.
  expect(JSON.stringify(result)).not.toMatch(/[^:]"text/)
  expect((await db.pool().query('select note from w.things')).rows).toEqual([{ note: 'text' }])
})

test('a history that becomes deduplicated needs keys that are there once', async () => {
  await using db = await testDatabase()
  await sync(db, append(), [row('a', 1), row('b', 1), complete()])
  expect(await sync(db, dedup(), [row('a', 2), complete()])).toMatchObject({ code: 0 })
  const { rows } = await db.pool().query('select note from w.things order by id')
  expect(rows).toEqual([{ note: 'a@2' }, { note: 'b@1' }])
  await sync(db, append(), [row('a', 2), complete()])
  const refused = await sync(db, dedup(), [row('a', 3), complete()])
  expect(refused.errors[0]?.failure_type).toBe('config_error')
})

test('a history without keys is to be cleared before it is deduplicated', async () => {
  await using db = await testDatabase()
  await sync(db, append(), [record({ at: 1, note: 'whose?' }), complete()])
  const { errors } = await sync(db, dedup(), [row('a', 1), complete()])
  expect(errors).toMatchObject([{ failure_type: 'config_error' }])
  expect(errors[0]?.message).toContain('clear the stream’s data and sync again')
})

test('indexes of the stream are there after its first load, and made once', async () => {
  await using db = await testDatabase()
  const json_schema = { ...things.json_schema, 'x-indexes': [['at'], ['note', 'at']] }
  const stream = dedup({ ...things, json_schema })
  const indexes = `select pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid = 'w.things'::regclass and not indisprimary order by 1`
  await sync(db, stream, [row('a', 1), complete()])
  const { rows } = await db.pool().query<{ definition: string }>(indexes)
  expect(rows.map(({ definition }) => definition.replace(/.*USING/, ''))).toEqual([
    ' btree (at)',
    ' btree (note, at)',
  ])
  await sync(db, stream, [row('b', 1), complete()])
  expect((await db.pool().query(indexes)).rows).toHaveLength(2)
})

test('a role that may only use what is there needs no right to create schemas', async () => {
  await using db = await testDatabase()
  await sync(db, dedup(), [row('a', 1), complete()])
  const pool = db.pool()
  const role = `writer_${db.name}`
  await pool.query(`create role ${role} login password 'p';
    grant usage on schema w, airbyte_internal to ${role};
    grant select, insert, update, delete on all tables in schema w, airbyte_internal to ${role}`)
  const result = await sync(db, dedup(), [row('b', 1), complete()], {
    username: role,
    password: 'p',
  })
  await pool.query(`drop owned by ${role}; drop role ${role}`)
  expect(result).toMatchObject({ code: 0, errors: [] })
})
