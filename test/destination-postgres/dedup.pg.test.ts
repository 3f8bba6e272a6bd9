// Deduplicating writes: the table is what the newest record of each key says.
import { expect, test } from 'vitest'
import { runConnector } from '../support/connector.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import {
  committed,
  complete,
  dedup,
  record,
  row,
  state,
  tombstone,
  values,
  warehouseConfig,
} from '../support/warehouse.ts'

async function sync(db: TestDatabase, input: object[], more: object = {}) {
  return runConnector(
    'destination-postgres',
    'write',
    { config: warehouseConfig(db), catalog: { streams: [dedup(undefined, more)] } },
    input,
  )
}

async function notes(db: TestDatabase): Promise<string[]> {
  const { rows } = await db.pool().query<{ note: string }>('select note from w.things order by id')
  return rows.map(({ note }) => note)
}

test('a first load fills the table and gives every state back, untouched', async () => {
  await using db = await testDatabase()
  const first = state(1) as { state: object }
  const odd = { ...first, state: { ...first.state, unknown: { big: 1 } } }
  const result = await sync(db, [row('a', 1), row('b', 2), odd, row('c', 3), state(2), complete()])
  expect(result).toMatchObject({ code: 0, errors: [], stderr: '' })
  const [one, two] = result.states
  expect(one).toEqual({
    ...odd.state,
    destinationStats: { recordCount: 2 },
    destination_table: {
      incarnation: expect.any(String) as string,
      commits: 1,
      witness: { place: expect.any(String) as string, raw_id: expect.any(String) as string },
    },
  })
  expect(two).toMatchObject({
    ...(state(2) as { state: object }).state,
    destinationStats: { recordCount: 1 },
    destination_table: one?.destination_table,
  })
  expect(await notes(db)).toEqual(['a@1', 'b@2', 'c@3'])
})

test('a key that comes twice in a first load is there once, as the newest', async () => {
  await using db = await testDatabase()
  const input = [row('a', 5), row('b', 1), row('a', 3), row('b', 1, 'later'), state(1), complete()]
  const result = await sync(db, input)
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect(values(result.states)).toEqual([1])
  expect(await notes(db)).toEqual(['a@5', 'later'])
})

test('a later sync inserts, updates what is not older, and deletes', async () => {
  await using db = await testDatabase()
  await sync(db, [row('a', 5), row('b', 5), row('c', 5), row('d', 5), complete()])
  const result = await sync(db, [
    row('a', 4),
    row('b', 5, 'same cursor'),
    row('e', 6),
    tombstone('c', 6),
    tombstone('d', 4),
    tombstone('never there', 9),
    state(1),
    complete(),
  ])
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect(await notes(db)).toEqual(['a@5', 'same cursor', 'd@5', 'e@6'])
})

test('tombstones in a first load delete, and a row that comes back stays', async () => {
  await using db = await testDatabase()
  const result = await sync(db, [
    row('a', 1),
    row('b', 1),
    tombstone('a', 2),
    tombstone('b', 2),
    row('b', 3),
    tombstone('x', 3),
    state(1),
    complete(),
  ])
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect(await notes(db)).toEqual(['b@3'])
})

test('without a cursor the order of arrival decides', async () => {
  await using db = await testDatabase()
  const stream = dedup(undefined, { cursor_field: [] }).stream
  delete stream.default_cursor_field
  const more = { stream, cursor_field: [] }
  await sync(db, [row('a', 9), row('b', 9), row('c', 9), complete()], more)
  const result = await sync(
    db,
    [row('a', 1), tombstone('b', 1), row('b', 0), row('c', 2), tombstone('c', 1), complete()],
    more,
  )
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect(await notes(db)).toEqual(['a@1', 'b@0'])
})

test('texts that say which row is newer go by their bytes, whatever the column is sorted by', async () => {
  await using db = await testDatabase()
  const byNote = { cursor_field: ['note'] }
  await sync(db, [row('a', 1, '2Z'), row('b', 1, '2a'), complete()], byNote)
  await db.pool().query(`alter table w.things alter note type varchar collate "en-US-x-icu"`)
  const changes = [row('a', 2, '2a'), row('b', 2, '2Z'), row('c', 1, '2a'), row('c', 2, '2Z')]
  const result = await sync(db, [...changes, complete()], byNote)
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect(await notes(db)).toEqual(['2a', '2a', '2a'])
})

test('the table has a real primary key and typed columns', async () => {
  await using db = await testDatabase()
  await sync(db, [complete()])
  const { rows } = await db.pool().query<{ key: string }>(
    `select pg_get_constraintdef(oid) as key from pg_constraint
     where conrelid = 'w.things'::regclass and contype = 'p'`,
  )
  expect(rows).toEqual([{ key: 'PRIMARY KEY (id)' }])
  const columns = await db.pool().query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = 'w.things'::regclass and attnum > 0 order by attnum`,
  )
  expect(columns.rows.map(({ name, type }) => `${name} ${type}`)).toEqual([
    '_airbyte_raw_id character varying',
    '_airbyte_extracted_at timestamp with time zone',
    '_airbyte_meta jsonb',
    '_airbyte_generation_id bigint',
    'id character varying',
    'at bigint',
    'note character varying',
  ])
})

test('a record without its key stops nothing: it is counted and told of, not quoted', async () => {
  await using db = await testDatabase()
  const secret = 'somebody’s payee'
  const bad = [record({ at: 2, note: secret }), record({ id: null, at: 2, note: secret })]
  const gone = record({ at: 3, _ab_cdc_deleted_at: '2026-01-01T00:00:00Z' })
  for (const input of [
    [row('a', 1), ...bad, row('c', 3), gone, state(1)],
    [row('a', 1), ...bad, gone, state(1)],
  ]) {
    const result = await sync(db, [...input, complete()])
    expect(result).toMatchObject({ code: 0, errors: [], stderr: '' })
    const recordCount = input.length - 1 - bad.length - 1
    expect(result.states[0]?.destinationStats).toEqual({ recordCount, rejectedRecordCount: 3 })
    expect(committed(result)).toMatchObject({ recordCount, rejectedRecordCount: 3 })
    const log = JSON.stringify(result.messages.filter(({ type }) => type === 'LOG'))
    expect(log).toMatch(/3 records of the stream things had no usable primary key \(id\)/)
    expect(JSON.stringify(result)).not.toContain(secret)
  }
  expect(await notes(db)).toEqual(['a@1', 'c@3'])
})

test('records that are all without their key still let the state go', async () => {
  await using db = await testDatabase()
  const result = await sync(db, [record({ at: 1 }), state(1), complete()])
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect(result.states[0]?.destinationStats).toEqual({ recordCount: 0, rejectedRecordCount: 1 })
})
