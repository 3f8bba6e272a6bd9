// The door of values: any JSON value of any declared type. The row is stored, and each of its
// fields is what PostgreSQL itself reads from the text, or null with a note that says so (L7).
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AirbyteStream } from '../../src/protocol/message.ts'
import { testDatabase } from '../support/database.ts'
import { append, complete, things, write } from '../support/warehouse.ts'

const types = {
  text: ['varchar', { type: 'string' }],
  whole: ['bigint', { type: 'integer' }],
  number: ['numeric', { type: 'number' }],
  truth: ['boolean', { type: 'boolean' }],
  day: ['date', { type: 'string', format: 'date' }],
  at: ['timestamptz', { type: 'string', format: 'date-time' }],
  local: [
    'timestamp',
    { type: 'string', format: 'date-time', airbyte_type: 'timestamp_without_timezone' },
  ],
  clock: ['timetz', { type: 'string', format: 'time', airbyte_type: 'time_with_timezone' }],
  hour: ['time', { type: 'string', format: 'time' }],
  any: ['jsonb', {}],
} as const
type Field = keyof typeof types
const fields = Object.keys(types) as Field[]

const properties = Object.fromEntries(fields.map((field) => [field, types[field][1]]))
const all: AirbyteStream = {
  ...things,
  name: 'all',
  json_schema: { properties: { id: { type: 'integer' }, ...properties } },
  default_cursor_field: [],
}

function line(id: number, cells: Record<string, string>): string {
  const data = Object.entries(cells).map(([field, text]) => `,"${field}":${text}`)
  const head = `{"type":"RECORD","record":{"stream":"all","emitted_at":1,"data":{"id":${id}`
  return `${head}${data.join('')}}}}`
}

// ---------------------------------------------------------------------------- what is sent

const number = (max: number, width = 2) =>
  fc.integer({ min: 0, max }).map((n) => String(n).padStart(width, '0'))
const join = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(''))
const either = fc.constantFrom
const year = fc.oneof(
  either('0000', '0001', '0024', '1970', '2023', '2024', '4714', '9999', '20240', '294277'),
  number(9999, 4),
)
const date = fc.oneof(
  join(either('', '', '+', '-'), year, either('-'), number(13), either('-'), number(32)),
  either('2024/2/8', '20240208', '5874897-12-31', '5874898-01-01', '1-2-3', 'infinity', 'now'),
)
const fraction = either('', '', '.1', ',5', '.1234565', '.99999999999', `.${'3'.repeat(99)}`)
const time = fc.oneof(
  join(number(25), either(':'), number(60), either(':'), number(61), fraction),
  either('24:00:00', '23:59:60', '101010', '3:4', '12'),
)
const zone = either('', 'Z', 'z', '+00', '-15:59', '+16:00', '+0530', ' +01:00', '-05:50:36', 'PST')
const temporal = fc.oneof(
  join(date, either('', ' BC')),
  join(time, zone),
  join(date, either('T', ' ', 't', '_'), time, zone, either('', '', ' BC')),
)
const digits = either('1', '0', '9'.repeat(40), '123456789012345678', '5'.repeat(17_000))
const exponents = [
  '',
  '',
  'e3',
  'E+20',
  'e-400',
  'e400',
  'e131000',
  'e131072',
  'e-16383',
  'e-17000',
]
const literal = join(
  either('', '-'),
  digits,
  fc.oneof(
    either('', '.0', '.5'),
    digits.map((text) => `.${text}`),
  ),
  either(...exponents),
).filter((text) => !/^-?0\d/.test(text))
const oddTexts = ['\0', 'a\0b', '\ud800', '\\', '\\.', '\\N', '\\u0000', '\t', '\u0661', '', ' 12 ']
const wordTexts = [
  't',
  'TRUE',
  ' yes ',
  'off',
  'o',
  'NaN',
  'Infinity',
  '-inf',
  '0x1F',
  'null',
  '{}',
]
const words = either(...oddTexts, ...wordTexts, '1e400', '1e999999999')
const text = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 20 }), temporal, words, literal)
  .map((value) => JSON.stringify(value))
const nested = fc.oneof(
  literal,
  text,
  fc.json(),
  fc.tuple(text, literal).map(([key, value]) => `{${key}:[${value},{"a":${value}}]}`),
)
const cell = fc.oneof(text, text, literal, nested)
const row = fc.record(Object.fromEntries(fields.map((field) => [field, cell])))

/** What PostgreSQL is asked to read: a string's content, or a value's JSON; null: it cannot be. */
function textOf(field: Field, json: string): string | null {
  const value = JSON.parse(json) as unknown
  if (value === null) return null
  const read = field === 'any' || typeof value !== 'string' ? json : value
  // Java writes a plus before years of five digits.
  const unsigned = types[field][1] === types.day[1] || field === 'at' || field === 'local'
  return unsigned ? read.replace(/^\+(?=\d{4,}-)/, '') : read
}

// ---------------------------------------------------------------------------- the law

test('each field is what PostgreSQL reads from the text, or null and told', async () => {
  await using db = await testDatabase()
  const rows = fc.sample(row, { numRuns: 1_500, seed: 11 })
  const lines = rows.map((cells, id) => line(id, cells))
  const result = await write(db, [append(all)], [...lines, complete('all')])
  expect(result).toMatchObject({ code: 0, errors: [] })
  const pool = db.pool()
  await pool.query(`set timezone = 'UTC'`)
  const { rows: counted } = await pool.query('select count(*)::int as n from w.all')
  expect(counted).toEqual([{ n: rows.length }])
  for (const field of fields) {
    const [type] = types[field]
    const given = rows.map((cells) => textOf(field, cells[field] ?? 'null'))
    const sent = given.map((text) => (text !== null && isUnicode(text) ? text : null))
    const { rows: wrong } = await pool.query<{ id: string; why: string }>(
      `with given as (
         select n - 1 as id, sent, pg_input_is_valid(sent, '${type}') as valid
         from unnest($1::text[]) with ordinality as g (sent, n)
       ), seen as (
         select g.id, g.sent, g.valid, t."${field}"::text as stored,
           _airbyte_meta @> '{"changes":[{"field":"${field}","change":"NULLED"}]}' as told
         from given g join w.all t using (id)
       )
       select id, case
         when stored is null and not told and sent is not null then 'lost in silence'
         when stored is not null and told then 'told of what is there'
         when stored is not null and valid and '${type}' <> 'varchar'
           and stored::${type} <> (case when valid then sent::${type} end)
           then 'changed in silence'
       end as why from seen`,
      [sent],
    )
    const told = wrong
      .filter(({ why }) => why !== null)
      .map(({ id, why }) => `${field} ${why}: ${rows[Number(id)]?.[field]?.slice(0, 200)}`)
    expect(told).toEqual([])
  }
})

function isUnicode(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

test('texts come back as they were sent, to the last character', async () => {
  await using db = await testDatabase()
  const texts = fc.sample(fc.string({ unit: 'binary' }).filter(isUnicode), {
    numRuns: 500,
    seed: 3,
  })
  const lines = texts.map((sent, id) => line(id, { text: JSON.stringify(sent) }))
  const result = await write(db, [append(all)], [...lines, complete('all')])
  expect(result).toMatchObject({ code: 0, errors: [] })
  const { rows } = await db.pool().query('select text from w.all order by id')
  expect(rows.map((found: { text: string }) => found.text)).toEqual(texts)
})

// ---------------------------------------------------------------------------- what must be held

const heldValues: [Field, string, string][] = [
  ['at', '"+20240-02-08T10:10:10Z"', '20240-02-08 10:10:10+00'],
  ['at', '"2024-02-08t10:10:10z"', '2024-02-08 10:10:10+00'],
  ['at', '"2016-12-31T23:59:60Z"', '2017-01-01 00:00:00+00'],
  ['at', '"1883-11-18T12:00:00-05:50:36"', '1883-11-18 17:50:36+00'],
  ['at', '"2024-02-08T24:00:00+0530"', '2024-02-08 18:30:00+00'],
  ['at', '"2024-02-08T10:10:10,1234567Z"', '2024-02-08 10:10:10.123457+00'],
  ['at', '"-0043-03-15T12:00:00Z"', '0044-03-15 12:00:00+00 BC'],
  ['at', '"0044-03-15T12:00:00Z BC"', '0044-03-15 12:00:00+00 BC'],
  ['at', '"294276-12-31T23:59:59.999999Z"', '294276-12-31 23:59:59.999999+00'],
  ['day', '"5874897-12-31"', '5874897-12-31'],
  ['day', '"+12024-01-02T03:04:05z"', '12024-01-02'],
  ['hour', '"23:59:60"', '24:00:00'],
  ['clock', '"12:00:00-05:50:36"', '12:00:00-05:50:36'],
  ['number', '1e400', `1${'0'.repeat(400)}`],
  ['number', '1e-400', `0.${'0'.repeat(399)}1`],
  ['number', '1.23456789e-320', `0.${'0'.repeat(319)}123456789`],
  ['number', '"9e131071"', `9${'0'.repeat(131_071)}`],
  ['number', `0.${'7'.repeat(16_383)}`, `0.${'7'.repeat(16_383)}`],
  ['number', '"NaN"', 'NaN'],
  ['number', '"-Infinity"', '-Infinity'],
  ['whole', '9007199254740993', '9007199254740993'],
  ['whole', '-9223372036854775808', '-9223372036854775808'],
  ['truth', '"Yes"', 'true'],
  ['any', '{"x":1e20000}', `{"x": 1${'0'.repeat(20_000)}}`],
  ['any', '{"x":[1e-400,"\\\\u0000"]}', `{"x": [0.${'0'.repeat(399)}1, "\\\\u0000"]}`],
  ['any', '[12345678901234567890.123456789]', '[12345678901234567890.123456789]'],
  ['any', deepList(8_000), deepList(8_000)],
]

test('what PostgreSQL can hold is held', async () => {
  await using db = await testDatabase()
  const lines = heldValues.map(([field, sent], id) => line(id, { [field]: sent }))
  const result = await write(db, [append(all)], [...lines, complete('all')])
  expect(result).toMatchObject({ code: 0, errors: [] })
  for (const [id, [field, sent, held]] of heldValues.entries()) {
    const { rows } = await db.pool().query(
      `select "${field}"::text as held, _airbyte_meta -> 'changes' as changes
       from w.all where id = ${id}`,
    )
    expect(rows, sent.slice(0, 100)).toEqual([{ held, changes: [] }])
  }
})

function deepList(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth)
}

test('an instant of emission beyond the usual years, and strange notes of a source', async () => {
  await using db = await testDatabase()
  const data = '"data":{"id":1}'
  const notes = '"meta":{"changes":[{"field":"a\\u0000","change":"NULLED","reason":"\\ud800"}]}'
  const lines = [
    `{"type":"RECORD","record":{"stream":"all","emitted_at":1760000000000000,${data}}}`,
    `{"type":"RECORD","record":{"stream":"all","emitted_at":-8640000000000000,${data}}}`,
    `{"type":"RECORD","record":{"stream":"all","emitted_at":1,${data},${notes}}}`,
    `{"type":"RECORD","record":{"stream":"all","emitted_at":1,${data},"meta":{"changes":[7]}}}`,
    `{"type":"RECORD","record":{"stream":"all","emitted_at":1,${data},"meta":{"changes":7}}}`,
  ]
  const result = await write(db, [append(all)], [...lines, complete('all')])
  expect(result).toMatchObject({ code: 0, errors: [] })
  const { rows } = await db.pool().query('select count(*)::int as n from w.all')
  expect(rows).toEqual([{ n: lines.length }])
})
