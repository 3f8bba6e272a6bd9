// One record that only the server knows not to take (its stack, its indexes) leaves the others
// going: the value becomes null and is told, or the record is left out and told (L7).
import { expect, test } from 'vitest'
import { copyColumn } from '../../src/destination-postgres/isolation.ts'
import type { ConfiguredStream } from '../../src/protocol/message.ts'
import { randomToken } from '../../src/std/ids.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import {
  append,
  committed,
  complete,
  dedup,
  record,
  row,
  snapshot,
  state,
  things,
  tombstone,
  values,
  write,
} from '../support/warehouse.ts'

const sync = (db: TestDatabase, stream: ConfiguredStream, input: (object | string)[]) =>
  write(db, [stream], input)

/** No compression makes it short. */
function noise(chars: number): string {
  let text = ''
  while (text.length < chars) text += randomToken()
  return text.slice(0, chars)
}

const indexed = { ...things, json_schema: { ...things.json_schema, 'x-indexes': [['note']] } }
const anything = {
  ...things,
  json_schema: { properties: { ...(things.json_schema['properties'] as object), any: {} } },
}

function nested(id: string, depth: number): string {
  const any = '{"a":'.repeat(depth) + '[12345678901234567890]' + '}'.repeat(depth)
  return (
    '{"type":"RECORD","record":{"stream":"things","emitted_at":1,' +
    `"data":{"id":"${id}","at":1,"note":"n","any":${any}}}}`
  )
}

const toldOf = (field: string) => [
  { field, change: 'NULLED', reason: 'DESTINATION_FIELD_SIZE_LIMITATION' },
]

test.each([
  ['append', append(anything)],
  ['dedup', dedup(anything)],
  ['overwrite', snapshot(anything)],
])('JSON nested too deeply for the server is null and told: %s', async (_, stream) => {
  await using db = await testDatabase()
  const good = Array.from({ length: 200 }, (__, i) => row(`good${i}`, 1))
  const depths = [100, 3_000, 8_000, 40_000, 300_000]
  const deep = depths.map((depth) => nested(`deep${depth}`, depth))
  const input = [...good, ...deep, ...good.slice(0, 1), state(1), complete()]
  for (let round = 0; round < 2; round++) {
    const result = await sync(db, stream, input)
    expect(result).toMatchObject({ code: 0, errors: [] })
    expect(values(result.states)).toEqual([1])
  }
  const { rows } = await db.pool().query<{ id: string; held: boolean; told: unknown }>(
    `select distinct id, "any" is not null as held, note, _airbyte_meta -> 'changes' as told
     from w.things where id like 'deep%'`,
  )
  const found = new Map(rows.map(({ id, held, told }) => [id, held || told]))
  expect(Object.fromEntries(found)).toEqual({
    deep100: true,
    deep3000: true,
    deep8000: true,
    deep40000: toldOf('any'),
    deep300000: toldOf('any'),
  })
  const { rows: ids } = await db.pool().query('select count(distinct id)::int as n from w.things')
  expect(ids).toEqual([{ n: good.length + deep.length }])
})

test('a key that is too long for its index leaves its record out, and says so', async () => {
  await using db = await testDatabase()
  const long = noise(10_000)
  const repeated = 'r'.repeat(100_000)
  const input = [
    row('a', 1),
    row(long, 1),
    row(repeated, 1),
    row('b', 1),
    tombstone(noise(10_000), 2),
  ]
  const counts = { recordCount: 4, rejectedRecordCount: 1 }
  for (const stream of [dedup(), dedup(), snapshot()]) {
    const result = await sync(db, stream, [...input, state(1), complete()])
    expect(result).toMatchObject({ code: 0, errors: [] })
    expect(values(result.states)).toEqual([1])
    expect(result.states[0]?.destinationStats).toMatchObject(counts)
    expect(committed(result)).toMatchObject(counts)
    const logs = result.messages.flatMap((m) => (m.type === 'LOG' ? [m.log] : []))
    expect(logs).toContainEqual({
      level: 'WARN',
      message: expect.stringMatching(
        /^things: a record was left out of w\.things: the key/,
      ) as string,
    })
    expect(JSON.stringify(logs)).not.toContain(long.slice(0, 100))
    const { rows } = await db.pool().query('select id from w.things order by id')
    expect(rows).toEqual([{ id: 'a' }, { id: 'b' }, { id: repeated }])
  }
})

test('a value that is too long for an index is null and told, or the index is not made', async () => {
  await using db = await testDatabase()
  const long = noise(10_000)
  const first = await sync(db, dedup(indexed), [row('a', 1, long), complete()])
  expect(first).toMatchObject({ code: 0, errors: [] })
  expect(JSON.stringify(first.messages)).toContain('was not made')
  const second = await sync(db, dedup(indexed), [row('a', 2, 'short'), complete()])
  expect(JSON.stringify(second.messages)).not.toContain('was not made')
  const streams = [dedup(indexed), snapshot(indexed), append(indexed)]
  for (const [i, stream] of streams.entries()) {
    const input = [row('a', 2, 'short'), row(`long${i}`, 3, long), row('c', 3), complete()]
    expect(await sync(db, stream, input)).toMatchObject({ code: 0, errors: [] })
    const { rows } = await db
      .pool()
      .query(`select note, _airbyte_meta -> 'changes' as told from w.things where id = 'long${i}'`)
    expect(rows).toEqual([{ note: null, told: toldOf('note') }])
  }
})

test.each([
  ['append', append, 'what it holds is of a row'],
  ['dedup', dedup, 'the key (id), wide…, is of a row'],
  ['overwrite', snapshot, 'the key (id), wide…, is of a row'],
])('a row that no page holds leaves its record out, and says so: %s', async (_, mode, said) => {
  await using db = await testDatabase()
  const names = Array.from({ length: 1_000 }, (__, i) => `n${i}`)
  const number = { type: ['number', 'null'] }
  const all = { ...(things.json_schema['properties'] as object) }
  const properties = { ...all, ...Object.fromEntries(names.map((name) => [name, number])) }
  const data = Object.fromEntries(names.map((name, i) => [name, 123_456_789.5 + i]))
  const wide = record({ id: 'wide', at: 1, ...data })
  const input = [row('a', 1), wide, row('b', 1), state(1), complete()]
  const stream = mode({ ...things, json_schema: { properties } })
  const result = await sync(db, stream, input)
  expect(result).toMatchObject({ code: 0, errors: [] })
  const counts = { recordCount: 2, rejectedRecordCount: 1 }
  expect(result.states[0]?.destinationStats).toMatchObject(counts)
  expect(JSON.stringify(result.messages)).toContain(`left out of w.things: ${said}`)
  const { rows } = await db.pool().query('select id from w.things order by id')
  expect(rows).toEqual([{ id: 'a' }, { id: 'b' }])
})

test.each([
  ['COPY things, line 12, column note: "x, line 3, column at"', 'note'],
  ['COPY things, Zeile 1, Spalte note: »x«', 'note'],
  ['COPY things, ligne 1, colonne note : « x »', 'note'],
  ['COPY things, строка 1, столбец note: "x"', 'note'],
  ['thingsのCOPY、行 1、列 note: "x"', 'note'],
  ['COPY things, line 1: "a, line 2, column note"', undefined],
])('the column is known in the server’s language: %s', (where, column) => {
  expect(copyColumn(where)).toBe(column)
})

test('a refusal that names no value stops the stream and loses nothing', async () => {
  await using db = await testDatabase()
  await sync(db, dedup(), [row('a', 1), complete()])
  const pool = db.pool()
  await pool.query(`create function w.no() returns trigger language plpgsql as
    $$ begin raise exception 'no' using errcode = '22023'; end $$`)
  await pool.query(
    'create trigger no before insert on w.things for each row execute function w.no()',
  )
  const result = await sync(db, dedup(), [row('b', 1), row('c', 1), state(2), complete()])
  expect(result.errors[0]).toMatchObject({ failure_type: 'config_error' })
  expect(result.states).toEqual([])
  const { rows } = await pool.query('select id from w.things')
  expect(rows).toEqual([{ id: 'a' }])
})
