// The scanner's way and the parser's way make the same row of the same line, whatever the line is;
// what is not a plain row is left to the parser, and so is everything that would have to be told.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { configure } from '../../src/destination-postgres/config.ts'
import { messages } from '../../src/destination-postgres/input.ts'
import { Pieces } from '../../src/destination-postgres/pieces.ts'
import { rowBuilder } from '../../src/destination-postgres/row.ts'
import { RowScanner } from '../../src/destination-postgres/row-scanner.ts'
import { type Table, tableOf } from '../../src/destination-postgres/table.ts'
import {
  type Cell,
  lineOf,
  lines,
  plain,
  properties,
  type Spelling,
} from '../support/record-lines.ts'
import { append, dedup, things } from '../support/warehouse.ts'

const config = configure({ host: 'h', database: 'd', username: 'u' })
const stream = { ...things, json_schema: { properties } }
const tables = {
  deduplicated: tableOf(dedup(stream), config),
  'softly deleting': tableOf(dedup(stream), { ...config, softDelete: true }),
  appended: tableOf(append(stream), config),
}

/** What the parser's way makes of a line: its row's cells, or why there is none. */
function parsed(table: Table, line: string) {
  const builder = rowBuilder(table)
  let made: string | undefined
  try {
    for (const { message, clean } of messages(Buffer.from(`${line}\n`))) {
      if (message.type !== 'RECORD' || builder.isTombstone(message.record)) return 'no row'
      if (message.record.stream !== 'things') return 'no row'
      made = builder.row(message.record, clean)
    }
  } catch {
    return 'no message'
  }
  if (made === undefined) return 'no row'
  return { cells: cellsOf(made), nulled: builder.nulled.list() }
}

/** Without the id, which is random. */
function cellsOf(row: string): string[] {
  return row.slice(0, -1).split('\t').slice(1)
}

/** A scanner that has met a record, and what it makes of a line. */
function scanners(table: Table) {
  const scanner = new RowScanner(table, rowBuilder(table))
  return {
    learn(line: string) {
      for (const { message, text } of messages(Buffer.from(`${line}\n`))) {
        if (message.type !== 'RECORD' || message.record.stream !== 'things') continue
        scanner.learn(text, message.record)
      }
    },
    scan(line: string | Buffer): string[] | undefined {
      // Other bytes before and behind it, as in a block of lines.
      const before = Buffer.from('{"type":"STATE"}\n')
      const bytes = Buffer.concat([before, Buffer.from(line), Buffer.from('\n{"type":"X"}\n')])
      const pieces = new Pieces()
      const { length } = before
      if (!scanner.take(bytes, length, length + Buffer.byteLength(line), pieces, false))
        return undefined
      return cellsOf(Buffer.concat(pieces.seal()).toString('utf8'))
    },
  }
}

/** jsonb keeps its own text: one space may be within it, and a key that is there twice. */
function expectSame(table: Table, found: string[], wanted: string[]): void {
  expect(found.length).toBe(wanted.length)
  for (const [i, cell] of found.entries()) {
    const isJson = table.columns[i - (found.length - table.columns.length)]?.type === 'jsonb'
    if (cell === wanted[i]) continue
    expect(isJson).toBe(true)
    expect(JSON.stringify(JSON.parse(cell))).toBe(wanted[i])
    expect(cell.replaceAll(/"[^"]*"/g, '')).not.toMatch(/\d[eE]|\.\d*0(?!\d)|\d{16}/)
  }
}

const runs = { numRuns: process.env['TARTAN_TEST_LONG'] === undefined ? 400 : 20_000 }

describe.each(Object.entries(tables))('a row of a table that is %s', (_, table) => {
  test('is the same by both ways, and never taken where something is to be told', () => {
    let taken = 0
    fc.assert(
      fc.property(lines, (all) => {
        const { learn, scan } = scanners(table)
        for (const line of all) {
          const found = scan(line)
          const wanted = parsed(table, line)
          if (found === undefined) {
            if (wanted !== 'no message') learn(line)
            continue
          }
          taken++
          expect(wanted).toMatchObject({ nulled: [] })
          if (typeof wanted === 'object') expectSame(table, found, wanted.cells)
        }
      }),
      runs,
    )
    expect(taken).toBeGreaterThan(runs.numRuns / 2)
  })
})

const usual: Cell[] = [
  ['id', '"a"'],
  ['at', '12'],
  ['text', '"é😀 and more than forty-eight bytes of text, so that it is copied as a whole"'],
  ['number', '-12.34'],
  ['truth', 'true'],
  ['day', '"2024-02-29"'],
  ['instant', '"2024-02-29T23:59:59.123456Z"'],
  ['local', '"2024-02-29T23:59:59+02:00"'],
  ['clock', '"23:59:59"'],
  ['hour', '"23:59:59.5Z"'],
  ['any', '{"a":[1,-0.5,null,true,{"b":"c"}],"d":{}}'],
  ['unknown', '[[1,2],"x"]'],
  ['_ab_cdc_deleted_at', 'null'],
]
const python: Spelling = { name: '"things"', colon: ': ', comma: ', ', instantFirst: false }

test.each([
  ['JavaScript', plain],
  ['Python', python],
])('a plain row in the spelling of %s is taken', (_, how) => {
  const table = tables.deduplicated
  const { learn, scan } = scanners(table)
  const line = lineOf(how, usual, '1700000000000')
  learn(line)
  const wanted = parsed(table, line)
  const found = scan(line)
  expect(found).toBeDefined()
  if (found && typeof wanted === 'object') expectSame(table, found, wanted.cells)
  // Another instant, and keys that are not there.
  const shorter = lineOf(how, usual.slice(0, 3), '1800000000000')
  expect(scan(shorter)?.[0]).toBe('2027-01-15T08:00:00.000Z')
  expect(scan(shorter)).toEqual((parsed(table, shorter) as { cells: string[] }).cells)
})

test('a byte that is another one makes the same row by both ways, or is left to the parser', () => {
  const table = tables.deduplicated
  const { learn, scan } = scanners(table)
  let taken = 0
  for (const how of [plain, python]) {
    const line = Buffer.from(lineOf(how, usual, '1700000000000'))
    learn(line.toString())
    for (let at = 0; at < line.length; at++) {
      for (const byte of ' "\\,:{}[]0919eE+-.tnf\t\n\r\0/T'.split('').map((c) => c.charCodeAt(0))) {
        // A byte of a longer character is checked before (input.ts).
        if ((line[at] ?? 0) > 127) continue
        const other = Buffer.from(line)
        other[at] = byte
        const found = scan(other)
        // Where nothing is taken any more nothing is tried.
        scan(line)
        if (found === undefined) continue
        taken++
        const wanted = parsed(table, other.toString())
        expect(wanted).toMatchObject({ nulled: [] })
        if (typeof wanted === 'object') expectSame(table, found, wanted.cells)
      }
    }
  }
  expect(taken).toBeGreaterThan(1_000)
})

test('a tombstone, and a row without its key, are left to the parser', () => {
  const { learn, scan } = scanners(tables.deduplicated)
  learn(lineOf(plain, usual, '1'))
  const gone = (cells: Cell[]) => scan(lineOf(plain, cells, '1'))
  expect(gone(usual)).toBeDefined()
  expect(
    gone([...usual.slice(0, -1), ['_ab_cdc_deleted_at', '"2024-01-01T00:00:00Z"']]),
  ).toBeUndefined()
  expect(gone(usual.with(0, ['id', 'null']))).toBeUndefined()
  expect(gone(usual.slice(1))).toBeUndefined()
})

test('of a name that is written twice the last one counts', () => {
  const { learn, scan } = scanners(tables.deduplicated)
  const line = lineOf(plain, usual, '1').replace(/\}\}$/, ',"stream":"things"}}')
  learn(line.replace('"things"', '"others"'))
  expect(scan(lineOf({ ...plain, name: '"others"' }, usual, '1'))).toBeUndefined()
})
