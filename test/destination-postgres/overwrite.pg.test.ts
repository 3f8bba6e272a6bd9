// Overwriting: a snapshot replaces the one before it in one transaction, once it is whole (L8).
import { expect, test } from 'vitest'
import type { ConfiguredStream } from '../../src/protocol/message.ts'
import { ConnectorProcess, runConnector } from '../support/connector.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import {
  append,
  complete,
  overwrite,
  record,
  row,
  snapshot,
  state,
  things,
  values,
  warehouseConfig,
} from '../support/warehouse.ts'

function inputs(db: TestDatabase, stream: ConfiguredStream): object {
  return { config: warehouseConfig(db), catalog: { streams: [stream] } }
}

async function write(db: TestDatabase, stream: ConfiguredStream, input: object[]) {
  return runConnector('destination-postgres', 'write', inputs(db, stream), input)
}

async function sync(db: TestDatabase, generation: number, input: object[], stream = things) {
  return write(db, snapshot(stream, generation), input)
}

interface Found {
  id: string
  note: string
  xmin: string
}

async function found(db: TestDatabase): Promise<Found[]> {
  const { rows } = await db.pool().query<Found>('select id, note, xmin from w.things order by id')
  return rows
}

test('what is gone is deleted, what differs is updated, what is the same is not touched', async () => {
  await using db = await testDatabase()
  await sync(db, 1, [row('a', 1), row('b', 1), row('c', 1), state(1), complete()])
  const before = await found(db)
  const result = await sync(db, 2, [row('a', 1), row('c', 1, 'new'), row('d', 1), complete()])
  expect(result).toMatchObject({ code: 0, errors: [] })
  const after = await found(db)
  expect(after.map(({ id, note }) => [id, note])).toEqual([
    ['a', 'a@1'],
    ['c', 'new'],
    ['d', 'd@1'],
  ])
  expect(after[0]?.xmin).toBe(before[0]?.xmin)
})

test('without COMPLETE nothing changes, no state leaves, and it is said', async () => {
  await using db = await testDatabase()
  await sync(db, 1, [row('a', 1), complete()])
  const result = await sync(db, 2, [row('b', 1), state(1)])
  expect(result).toMatchObject({
    code: 4,
    errors: [
      { failure_type: 'transient_error', message: expect.stringContaining('things') as string },
    ],
    states: [],
  })
  expect((await found(db)).map(({ id }) => id)).toEqual(['a'])
})

test('states leave after the swap, and an empty snapshot empties the table', async () => {
  await using db = await testDatabase()
  await sync(db, 1, [row('a', 1), complete()])
  const result = await sync(db, 2, [state(1), complete(), state(2)])
  expect(values(result.states)).toEqual([1, 2])
  expect(await found(db)).toEqual([])
})

test('an id that comes twice in a snapshot is there once, as the newest', async () => {
  await using db = await testDatabase()
  const result = await sync(db, 1, [row('a', 2), row('a', 1), row('b', 1), complete()])
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect((await found(db)).map(({ note }) => note)).toEqual(['a@2', 'b@1'])
})

test.each([1, 0])(
  'without deduplication each record is a row, key or not (%d)',
  async (minimum) => {
    await using db = await testDatabase()
    const nobody = { at: 1, note: 'no key' }
    const input = [row('a', 1), row('a', 1), row('b', 2), row('c', 1), record(nobody), row('d', 1)]
    const stream = (generation: number): ConfiguredStream =>
      minimum === 1
        ? overwrite(things, generation)
        : { ...append(), destination_sync_mode: 'overwrite' }
    const result = await write(db, stream(1), [...input, state(1), complete()])
    expect(result).toMatchObject({ code: 0, errors: [] })
    expect(result.states[0]?.destinationStats).toEqual({ recordCount: 6 })
    expect((await found(db)).map(({ id }) => id)).toEqual(['a', 'a', 'b', 'c', 'd', null])
    const keys = `select 1 as one from pg_constraint
    where conrelid = 'w.things'::regclass and contype = 'p'`
    expect((await db.pool().query(keys)).rowCount).toBe(0)
    await write(db, stream(2), [row('b', 1), row('b', 1), complete()])
    expect((await found(db)).map(({ id }) => id)).toEqual(['b', 'b'])
  },
)

test('a table with a key loses it when its stream is no longer deduplicated', async () => {
  await using db = await testDatabase()
  await sync(db, 1, [row('a', 1), complete()])
  const result = await write(db, overwrite(things, 2), [row('b', 1), row('b', 1), complete()])
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect((await found(db)).map(({ id }) => id)).toEqual(['b', 'b'])
})

test('grants and dependent views survive, also a new column', async () => {
  await using db = await testDatabase()
  await sync(db, 1, [row('a', 1), complete()])
  const pool = db.pool()
  const role = `reader_${db.name}`
  await pool.query(`create role ${role}; grant select on w.things to ${role};
    create view w.seen as select id from w.things`)
  const properties = { ...(things.json_schema['properties'] as object), more: { type: 'number' } }
  const wider = { ...things, json_schema: { properties } }
  const result = await sync(db, 2, [record({ id: 'b', at: 1, more: 1.5 }), complete()], wider)
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect((await pool.query('select id from w.seen')).rows).toEqual([{ id: 'b' }])
  const { rows } = await pool.query<{ may: boolean }>(
    `select has_table_privilege('${role}', 'w.things', 'select') as may`,
  )
  await pool.query(`drop owned by ${role}; drop role ${role}`)
  expect(rows).toEqual([{ may: true }])
})

test('a concurrent reader never sees the table empty or half full', async () => {
  await using db = await testDatabase()
  const ids = Array.from({ length: 3_000 }, (_, i) => String(i))
  await sync(db, 1, [...ids.map((id) => row(id, 1)), complete()])
  const pool = db.pool()
  const seen = new Set<string>()
  const done = new AbortController()
  const reader = (async () => {
    while (!done.signal.aborted) {
      const { rows } = await pool.query<{ n: string; low: string; high: string }>(
        'select count(*) as n, min(at) as low, max(at) as high from w.things',
      )
      seen.add(`${rows[0]?.n} ${rows[0]?.low} ${rows[0]?.high}`)
    }
  })()
  await using writer = await ConnectorProcess.start(
    'destination-postgres',
    'write',
    inputs(db, snapshot(things, 2)),
  )
  for (const id of ids) await writer.send(row(id, 2))
  await writer.send(complete())
  writer.end()
  expect(await writer.result()).toMatchObject({ code: 0 })
  done.abort()
  await reader
  expect([...seen].filter((s) => s !== '3000 1 1' && s !== '3000 2 2')).toEqual([])
})

test('a column’s new type and a new key are taken over with the new snapshot', async () => {
  await using db = await testDatabase()
  await sync(db, 1, [row('a', 1, 'text'), complete()])
  const properties = { ...(things.json_schema['properties'] as object), note: { type: 'integer' } }
  const changed = {
    ...things,
    json_schema: { properties },
    source_defined_primary_key: [['id'], ['at']],
  }
  const input = [record({ id: 'a', at: 1, note: 5 }), record({ id: 'a', at: 2, note: 6 })]
  const result = await sync(db, 2, [...input, complete()], changed)
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect((await found(db)).map(({ note }) => note)).toEqual(['5', '6'])
})

test('where all rows are written again, what would go with them is not lost: it is said', async () => {
  await using db = await testDatabase()
  const numbers = { ...(things.json_schema['properties'] as object), note: { type: 'integer' } }
  const changed = { ...things, json_schema: { type: 'object', properties: numbers } }
  await sync(db, 1, [row('a', 1, 'x'), row('b', 1, 'x'), state(1), complete()])
  await db.pool().query(`create table w.tags (id text references w.things on delete cascade);
    insert into w.tags values ('a'), ('b')`)
  const tags = async () => (await db.pool().query('select id from w.tags order by 1')).rows.length
  expect(await sync(db, 2, [row('a', 1, 'y'), row('b', 1, 'x'), complete()])).toMatchObject({
    code: 0,
  })
  expect(await tags()).toBe(2)
  const again = [
    record({ id: 'a', at: 1, note: 1 }),
    record({ id: 'b', at: 1, note: 2 }),
    complete(),
  ]
  const refused = await sync(db, 3, again, changed)
  expect(refused).toMatchObject({ code: 3, states: [] })
  expect(refused.errors[0]?.message).toMatch(/tags_id_fkey rows of w.tags would go with them/)
  expect(await tags()).toBe(2)
  await db.pool().query('alter table w.tags drop constraint tags_id_fkey')
  expect(await sync(db, 3, again, changed)).toMatchObject({ code: 0 })
  expect(await tags()).toBe(2)
})
