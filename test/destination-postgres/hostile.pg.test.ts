// Whatever a source sends, PostgreSQL takes the batch: names and values made to hurt.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { append, complete, dedup, record, things, write } from '../support/warehouse.ts'
import type { AirbyteStream } from '../../src/protocol/message.ts'

function stream(name: string, properties: object): AirbyteStream {
  return { ...things, name, json_schema: { properties }, default_cursor_field: [] }
}

const types = {
  text: { type: 'string' },
  whole: { type: 'integer' },
  number: { type: 'number' },
  truth: { type: 'boolean' },
  day: { type: 'string', format: 'date' },
  at: { type: 'string', format: 'date-time' },
  local: { type: 'string', format: 'date-time', airbyte_type: 'timestamp_without_timezone' },
  clock: { type: 'string', format: 'time', airbyte_type: 'time_with_timezone' },
  hour: { type: 'string', format: 'time' },
  any: {},
}

const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'))
const nearlyDate = fc
  .tuple(fc.constantFrom('0000', '0001', '1970', '2024', '9999', '294277'), two(13), two(32))
  .map((parts) => parts.join('-'))
const nearlyTime = fc
  .tuple(two(25), two(61), two(61), fc.constantFrom('', '.1', '.1234567891'))
  .map(([h, m, s, f]) => `${h}:${m}:${s}${f}`)
const zone = fc.constantFrom('', 'Z', '+00', '-15:59', '+16:00', '+0530', ' UTC')
const value = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  nearlyDate,
  fc.tuple(nearlyTime, zone).map((parts) => parts.join('')),
  fc
    .tuple(nearlyDate, fc.constantFrom('T', ' ', 't', '_'), nearlyTime, zone)
    .map((parts) => parts.join('')),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.double(),
  fc.constantFrom('\0', '\\', '\\.', '\\N', '\ud800', 'infinity', 'now', 'NaN', '1e400', '١٢'),
)
const data = fc.record(Object.fromEntries(Object.keys(types).map((field) => [field, value])))

test('every record goes in, with null and a note where a value does not fit', async () => {
  await using db = await testDatabase()
  // As JSON says them: it has no NaN.
  const rows = fc
    .sample(data, { numRuns: 3_000, seed: 7 })
    .map((row) => JSON.parse(JSON.stringify(row)) as Record<string, unknown>)
  const input = rows.map((row) => record(row, 'all'))
  const result = await write(db, [append(stream('all', types))], [...input, complete('all')])
  expect(result).toMatchObject({ code: 0, errors: [] })
  const { rows: found } = await db.pool().query<{ n: number; silent: number }>(
    `select count(*)::int as n, count(*) filter (
       where day is null and not _airbyte_meta @> '{"changes":[{"field":"day"}]}'
     )::int as silent from w.all`,
  )
  const nulls = rows.filter((row) => (row['day'] ?? null) === null).length
  expect(found[0]).toEqual({ n: rows.length, silent: nulls })
})

test('numbers of any length and exponent in the text of a record', async () => {
  await using db = await testDatabase()
  const literals = ['1e400', '-1e-400', '1e99999', '9'.repeat(500), `0.${'1'.repeat(500)}`]
  const lines = literals.flatMap((n) => [
    `{"type":"RECORD","record":{"stream":"all","emitted_at":1,"data":{"number":${n}}}}`,
    `{"type":"RECORD","record":{"stream":"all","emitted_at":1,"data":{"whole":${n}}}}`,
    `{"type": "RECORD", "record": {"stream":"all","emitted_at":1,"data":{"any":{"k":[${n}]}}}}`,
  ])
  const result = await write(db, [append(stream('all', types))], [...lines, complete('all')])
  expect(result).toMatchObject({ code: 0, errors: [] })
  const { rows } = await db.pool().query('select number from w.all where number is not null')
  expect(rows).toContainEqual({ number: '9'.repeat(500) })
  expect(rows).toContainEqual({ number: `0.${'1'.repeat(500)}` })
})

test('names of streams and fields that SQL would trip over', async () => {
  await using db = await testDatabase()
  const fields = ['s', 't', 'n', 'excluded', 'ctid', 'place', 'rank', 'a b', 'a-b', 'select', '"']
  const name = `x"; drop table w.things; --`
  const odd = stream(name, Object.fromEntries(fields.map((field) => [field, { type: 'string' }])))
  const more = { primary_key: [['place'], ['rank']], cursor_field: ['ctid'] }
  const rows = [1, 2].map((n) =>
    record(Object.fromEntries(fields.map((field) => [field, `${field}${n}`])), name),
  )
  for (const input of [rows, [...rows, ...rows]]) {
    const result = await write(db, [dedup(odd, more)], [...input, complete(name)])
    expect(result).toMatchObject({ code: 0, errors: [] })
  }
  const { rows: found } = await db
    .pool()
    .query('select s, t, n, excluded, place, rank, "select" from w."x___drop_table_w_things____"')
  expect(found).toHaveLength(2)
})

test('a line that is not a message ends the write without quoting it', async () => {
  await using db = await testDatabase()
  const result = await write(db, [dedup()], ['{"type":"RECORD","record":{"secret":'])
  expect(result.code).not.toBe(0)
  expect(JSON.stringify(result)).not.toContain('secret')
})
