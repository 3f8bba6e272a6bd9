// A value on its way: as the store has it, through the destination's text and PostgreSQL's column,
// and back as a row's JSON. Whatever it is, both ends are the same text; another value is not.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnText } from '../../src/server/verify/columns.ts'
import { coerce } from '../../src/destination-postgres/coerce.ts'
import type { ColumnType } from '../../src/destination-postgres/table.ts'
import { many } from '../../src/postgres/query.ts'
import { decode } from '../../src/protocol/codec.ts'
import { testDatabase } from '../support/database.ts'

const two = (n: number) => String(n).padStart(2, '0')
const instant = fc
  .tuple(
    fc.date({ min: new Date('1900-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
    fc.constantFrom('', '.5', '.123456', '.000001', '.999999'),
    fc.constantFrom('Z', '+00', '+05:30', '-0800', ''),
    fc.constantFrom('T', ' '),
  )
  .map(([at, fraction, zone, between]) => {
    return at.toISOString().slice(0, 19).replace('T', between) + fraction + zone
  })
const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''))
const amount = fc.oneof(
  fc.integer({ min: -1e9, max: 1e9 }).map((cents) => cents / 100),
  fc.constantFrom(0, -0, 1e-7, 1e-18, 1e21, 123456789.123, 0.1 + 0.2),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const json = fc.dictionary(text, fc.oneof(amount, text, fc.boolean(), fc.array(amount)))
const day = fc.integer({ min: 1, max: 28 }).map((n) => `2026-02-${two(n)}`)

const VALUES: [ColumnType, fc.Arbitrary<unknown>][] = [
  ['varchar', text],
  ['numeric', amount],
  ['boolean', fc.boolean()],
  ['date', fc.oneof(day, fc.constant('2026-02-30'))],
  ['timestamptz', fc.oneof(instant, day, fc.constant('yesterday'))],
  ['jsonb', json],
]

test.each(VALUES)('%s', async (type, values) => {
  await using db = await testDatabase()
  const pool = db.pool()
  await fc.assert(
    fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 50 }), async (given) => {
      const sent = given.map((value) => decode(JSON.stringify(value)))
      const cells = sent.map((value) => coerce(type, value))
      const rows = await many<{ json: string }>(pool, {
        text: `select row_to_json(r)::text as json from (
                 select v::${type} as v from unnest($1::text[]) with ordinality as u (v, n)
                 order by n
               ) r`,
        values: [cells.map((cell) => (typeof cell === 'string' ? cell : null))],
      })
      const found = rows.map((row) => (decode(row.json) as { v: unknown }).v)
      expect(found.map((value) => columnText(type, value))).toEqual(
        sent.map((value) => columnText(type, value)),
      )
    }),
    { numRuns: 40 },
  )
})

test.each<[ColumnType, unknown, unknown]>([
  ['varchar', 'Coffee', 'coffee'],
  ['numeric', 8.5, 8.51],
  ['numeric', 1, 10],
  ['numeric', 0.1, -0.1],
  ['timestamptz', '2026-01-01T00:00:00.000001Z', '2026-01-01T00:00:00Z'],
  ['timestamptz', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00+01:00'],
  ['jsonb', { city: 'Oslo' }, { city: null }],
  ['jsonb', { a: 1 }, { a: '1' }],
  ['jsonb', { a: [1, 2] }, { a: [2, 1] }],
  ['boolean', true, false],
  ['boolean', false, null],
])('%s: %j is not %j', (type, one, other) => {
  expect(columnText(type, one)).not.toBe(columnText(type, other))
})
