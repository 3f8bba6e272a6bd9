// Values as COPY text: what fits its column, what becomes null and is told, what is escaped.
import { describe, expect, test } from 'vitest'
import { coerce } from '../../src/destination-postgres/coerce.ts'
import { configure } from '../../src/destination-postgres/config.ts'
import { MISFIT, TOO_LARGE } from '../../src/destination-postgres/misfit.ts'
import { rowBuilder } from '../../src/destination-postgres/row.ts'
import { type ColumnType, tableOf } from '../../src/destination-postgres/table.ts'
import type { RecordMessage } from '../../src/protocol/message.ts'
import { parseExact } from '../../src/std/exact-json.ts'
import { append, dedup, things } from '../support/warehouse.ts'

const big = (text: string) => parseExact(text)

test.each<[ColumnType, unknown, string | symbol]>([
  ['varchar', 'x', 'x'],
  ['varchar', 1.5, '1.5'],
  ['varchar', big('12345678901234567890'), '12345678901234567890'],
  ['varchar', true, 'true'],
  ['varchar', { a: 1 }, '{"a":1}'],
  ['bigint', 12, '12'],
  ['bigint', '12', '12'],
  ['bigint', 1.5, MISFIT],
  ['bigint', '1.0', '1'],
  ['bigint', 'x', MISFIT],
  ['bigint', true, MISFIT],
  ['bigint', big('9223372036854775807'), '9223372036854775807'],
  ['bigint', big('-9223372036854775808'), '-9223372036854775808'],
  ['bigint', big('9223372036854775808'), TOO_LARGE],
  ['bigint', big('1e3'), '1000'],
  ['bigint', 1e30, TOO_LARGE],
  ['numeric', 12.34, '12.34'],
  ['numeric', '12.340', '12.340'],
  ['numeric', 1e21, '1e+21'],
  ['numeric', big('0.1000000000000000055511'), '0.1000000000000000055511'],
  ['numeric', 'NaN', 'NaN'],
  ['numeric', '-inf', '-Infinity'],
  ['numeric', '', MISFIT],
  ['numeric', Number.POSITIVE_INFINITY, TOO_LARGE],
  ['numeric', '9'.repeat(20_000), '9'.repeat(20_000)],
  ['numeric', big('1e131071'), '1e131071'],
  ['numeric', big('1e131072'), TOO_LARGE],
  ['numeric', big('1e-16383'), '1e-16383'],
  ['numeric', '1.5e-16383', TOO_LARGE],
  ['numeric', '0e9999999999', TOO_LARGE],
  ['bigint', '9007199254740993e0', '9007199254740993'],
  ['bigint', '0.5e1', '5'],
  ['bigint', '-1e99999999', TOO_LARGE],
  ['boolean', ' YES ', 't'],
  ['boolean', '0', 'f'],
  ['boolean', '2', MISFIT],
  ['boolean', true, 't'],
  ['boolean', 'False', 'f'],
  ['boolean', 1, MISFIT],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', '2023-02-29', MISFIT],
  ['date', '2024-13-01', MISFIT],
  ['date', '0000-01-01', MISFIT],
  ['date', '2024-01-02T03:04:05Z', '2024-01-02'],
  ['date', 'tomorrow', MISFIT],
  ['date', 20240101, MISFIT],
  ['timestamptz', '2024-01-02T03:04:05.123456Z', '2024-01-02T03:04:05.123456Z'],
  ['timestamptz', '2024-01-02 03:04:05+02', '2024-01-02 03:04:05+02'],
  ['timestamptz', '2024-01-02', '2024-01-02'],
  ['timestamptz', '2024-01-02T24:00:00Z', '2024-01-02 24:00:00+00:00:00'],
  ['timestamptz', '2024-01-02T24:00:01Z', MISFIT],
  ['timestamptz', '+20240-02-08T10:10:10Z', '20240-02-08 10:10:10+00:00:00'],
  ['timestamptz', '-0043-03-15t01:02:03,5z', '0044-03-15 01:02:03.5+00:00:00 BC'],
  ['timestamptz', '2016-12-31T23:59:60Z', '2016-12-31 23:59:60+00:00:00'],
  ['timestamptz', '1883-11-18T12:00:00-05:50:36', '1883-11-18 12:00:00-05:50:36'],
  ['timestamptz', '2024-01-02T03:04:05+01:00[Europe/Paris]', '2024-01-02 03:04:05+01:00:00'],
  ['timestamptz', '294277-01-01T00:00:00Z', TOO_LARGE],
  ['timestamptz', '02/03/2024', MISFIT],
  ['timestamptz', '2024-01-02T03:04:05+99:00', MISFIT],
  ['timestamptz', 'infinity', 'infinity'],
  ['timestamptz', 'now', MISFIT],
  ['timestamp', '2024-01-02T03:04:05+02:00', '2024-01-02 03:04:05'],
  ['time', '03:04:05Z', '03:04:05'],
  ['timetz', '03:04:05', '03:04:05Z'],
  ['timetz', '25:04:05', MISFIT],
  ['jsonb', { a: ['x'] }, '{"a":["x"]}'],
  ['jsonb', 'x', '"x"'],
  ['jsonb', { k: 'a\0b' }, MISFIT],
  ['jsonb', { 'k\0': 1 }, MISFIT],
  ['jsonb', ['\ud800x'], MISFIT],
  ['jsonb', ['\\u0000', '\\ud800', '\u{1F600}'], '["\\\\u0000","\\\\ud800","\u{1F600}"]'],
  ['jsonb', big('[12345678901234567890, 1e400]'), '[12345678901234567890,1e400]'],
  ['jsonb', big('{"x":[1e200000]}'), TOO_LARGE],
  ['varchar', 'a\0b', MISFIT],
  ['varchar', '\udc00', MISFIT],
])('%s from %j', (type, value, text) => {
  expect(coerce(type, value)).toBe(text)
})

const config = configure({ host: 'h', database: 'd', username: 'u' })

function cells(builder: ReturnType<typeof rowBuilder>, record: RecordMessage): string[] {
  return builder.row(record, false)!.trimEnd().split('\t')
}

describe('a row', () => {
  const builder = rowBuilder(tableOf(dedup(), config))
  const record = (data: Record<string, unknown>): RecordMessage => ({
    stream: 'things',
    emitted_at: 1_700_000_000_000,
    data,
  })

  test('begins with Airbyte’s columns', () => {
    const [id, at, meta, generation, ...rest] = cells(builder, record({ id: 'a', at: 1 }))
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect([at, meta, generation]).toEqual([
      '2023-11-14T22:13:20.000Z',
      '{"sync_id":7,"changes":[]}',
      '0',
    ])
    expect(rest).toEqual(['a', '1', '\\N'])
  })

  test('escapes what COPY would read as its own', () => {
    const found = cells(builder, record({ id: 'a\tb\\c\n\rd', at: 1, note: '\\N' }))
    expect(found.slice(4)).toEqual(['a\\tb\\\\c\\n\\rd', '1', '\\\\N'])
  })

  test('tells what did not fit, after what the source told', () => {
    const meta = { changes: [{ field: 'note', change: 'TRUNCATED', reason: 'R' }] } as const
    const found = cells(builder, {
      ...record({ id: 'a', at: 'x' }),
      meta: { changes: [...meta.changes] },
    })
    expect(JSON.parse(found[2] ?? '')).toEqual({
      sync_id: 7,
      changes: [
        ...meta.changes,
        { field: 'at', change: 'NULLED', reason: 'DESTINATION_SERIALIZATION_ERROR' },
      ],
    })
  })

  test('without a usable key is none', () => {
    const deleted = { _ab_cdc_deleted_at: '2026-01-01T00:00:00Z' }
    expect(builder.row(record({ at: 1 }), true)).toBeUndefined()
    expect(builder.row(record({ id: null, at: 1 }), true)).toBeUndefined()
    expect(builder.key(record({ at: 1, ...deleted }))).toBeUndefined()
    expect(builder.tombstone(record({ at: 1, ...deleted }))).toBeUndefined()
  })

  test('that is a tombstone is its key and cursor', () => {
    const gone = record({ id: 'a\t', at: 2, _ab_cdc_deleted_at: '2026-01-01T00:00:00Z' })
    expect(builder.isTombstone(gone)).toBe(true)
    expect(builder.tombstone(gone)).toBe('a\\t\t2\tt\n')
  })

  test('that is a softly deleted one has the instant, its own or when it was told', () => {
    const soft = rowBuilder(tableOf(dedup(), { ...config, softDelete: true }))
    const gone = (at: unknown) => soft.tombstone(record({ id: 'a', at: 2, _ab_cdc_deleted_at: at }))
    expect(gone('2026-01-01T00:00:00Z')).toBe('a\t2\t2026-01-01T00:00:00Z\tt\n')
    expect(gone(true)).toBe('a\t2\t2023-11-14T22:13:20.000Z\tt\n')
  })
})

test('fields named like an object’s own methods are fields', () => {
  const fields = ['constructor', '__proto__', 'toString']
  const properties = JSON.parse(
    `{${fields.map((field) => `"${field}":{"type":"string"}`).join(',')}}`,
  ) as object
  const builder = rowBuilder(tableOf(append({ ...things, json_schema: { properties } }), config))
  const data = JSON.parse('{"__proto__":"p"}') as Record<string, unknown>
  const found = cells(builder, { stream: 'things', emitted_at: 1, data })
  expect(found.slice(4)).toEqual(['\\N', 'p', '\\N'])
})
