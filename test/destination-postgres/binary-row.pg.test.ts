// What the scanner writes for COPY's binary format is, in the table, what it writes as text: the
// same values of the same type, down to a number's digits behind the point.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Batch } from '../../src/destination-postgres/batch.ts'
import { configure } from '../../src/destination-postgres/config.ts'
import { messages } from '../../src/destination-postgres/input.ts'
import { Pieces } from '../../src/destination-postgres/pieces.ts'
import { rowBuilder } from '../../src/destination-postgres/row.ts'
import { RowScanner } from '../../src/destination-postgres/row-scanner.ts'
import { asText, copyRuns, type Run } from '../../src/destination-postgres/run.ts'
import { Session } from '../../src/destination-postgres/session.ts'
import * as statements from '../../src/destination-postgres/sql.ts'
import { tableOf } from '../../src/destination-postgres/table.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import { lineOf, lines, plain, properties } from '../support/record-lines.ts'
import { append, things, warehouseConfig } from '../support/warehouse.ts'

const samples = { numRuns: 1_500, seed: 11 }
const table = tableOf(append({ ...things, json_schema: { properties } }), configure(anywhere()))

function anywhere() {
  return { host: 'h', database: 'd', username: 'u', schema: 'w' }
}

/** Each line that the scanner takes, once in each format; ids are random, and left out. */
function taken(all: Iterable<string[]>): { binary: Run; text: Run; count: number } {
  const pieces = { binary: new Pieces(), text: new Pieces() }
  let count = 0
  for (const some of all) {
    const scanner = new RowScanner(table, rowBuilder(table))
    for (const line of some) {
      const bytes = Buffer.from(line)
      const scan = (isBinary: boolean) =>
        scanner.take(bytes, 0, bytes.length, pieces[isBinary ? 'binary' : 'text'], isBinary)
      if (!scan(true)) learn(scanner, line)
      else {
        expect(scan(false)).toBe(true)
        count++
      }
    }
  }
  return {
    binary: { isBinary: true, chunks: pieces.binary.seal() },
    text: { isBinary: false, chunks: pieces.text.seal() },
    count,
  }
}

function learn(scanner: RowScanner, line: string): void {
  try {
    for (const { message, text } of messages(Buffer.from(`${line}\n`))) {
      if (message.type === 'RECORD') scanner.learn(text, message.record)
    }
  } catch {
    // No message at all.
  }
}

async function open(db: TestDatabase): Promise<Session> {
  const session = await Session.open(configure(warehouseConfig(db)), AbortSignal.timeout(60_000))
  await session.run('create schema w')
  await session.run(statements.createTable(table))
  return session
}

/** Of each run what the table has after it, in an order of its own. */
async function contents(session: Session, all: Run[]): Promise<unknown[][]> {
  const found: unknown[][] = []
  for (const run of all) {
    await session.run('truncate w.things')
    await copyRuns(session, [run], (isBinary) => statements.copyRows(table, isBinary))
    const rows = await session.rows<{ row: object }>({
      text: `select (to_jsonb(t) - '_airbyte_raw_id')::text as row from w.things t order by 1`,
      values: [],
    })
    found.push(rows)
  }
  return found
}

test('a row is the same by both formats, and by text that the server makes of it', async () => {
  await using db = await testDatabase()
  await using session = await open(db)
  const all = fc.sample(lines, samples)
  const { binary, text, count } = taken(all)
  expect(count).toBeGreaterThan(samples.numRuns / 2)
  const again = await session.transaction(() => asText(table, session, [binary]))
  const [first, second, third] = await contents(session, [binary, text, ...again])
  expect(first).toHaveLength(count)
  expect(first).toEqual(second)
  expect(third).toEqual(second)
})

test('numbers and instants at their edges are the same, too', async () => {
  await using db = await testDatabase()
  await using session = await open(db)
  const numbers = ['0', '1', '-1', '9', '10', '9999', '10000', '-10001', '99999999', '123456789012']
  const whole = [...numbers, '999999999999999', '-999999999999999', '4294967296', '-4294967297']
  const broken = ['0.1', '-0.1', '0.00001', '1.5', '12345.6789', '10000.0001', '99999999.99999']
  const days = ['0001-01-01', '0004-02-29', '1582-10-15', '1899-12-31', '1900-03-01', '1969-12-31']
  const later = ['1999-12-31', '2000-01-01', '2000-02-29', '2000-03-01', '2285-06-05', '9999-12-31']
  const times = ['00:00:00Z', '23:59:59.999999Z', '12:00:00.1-15:59', '00:00:00+15:59', '01:02:03']
  const cells = [
    ...whole.map((number) => ['at', number] as [string, string]),
    ...[...whole, ...broken].map((number) => ['number', number] as [string, string]),
    ...[...days, ...later].flatMap((day) => [
      ['day', `"${day}"`] as [string, string],
      ...times.flatMap((time) => [
        ['instant', `"${day}T${time}"`] as [string, string],
        ['local', `"${day} ${time}"`] as [string, string],
      ]),
    ]),
    ...times.flatMap((time) => [
      ['clock', `"${time}"`] as [string, string],
      ['hour', `"${time}"`] as [string, string],
    ]),
    ...['"text"', '1.5', 'true', '{"a":[1,{"b":"é😀"}]}'].map(
      (any) => ['any', any] as [string, string],
    ),
  ]
  const spelled = cells.map((cell, i) =>
    lineOf(plain, [['id', `"${i}"`], cell], i % 2 === 0 ? '1' : '9999999999999'),
  )
  // The first of each shape is read by the parser.
  const { binary, text, count } = taken(spelled.map((line) => [line, line]))
  expect(count).toBeGreaterThanOrEqual(spelled.length)
  const [first, second] = await contents(session, [binary, text])
  expect(first).toHaveLength(count)
  expect(first).toEqual(second)
})

test('rows of both formats keep their order, in a bounded number of runs', async () => {
  await using db = await testDatabase()
  await using session = await open(db)
  const builder = rowBuilder(table)
  const scanner = new RowScanner(table, builder)
  const batch = new Batch(builder)
  const line = (id: number) =>
    lineOf(
      plain,
      [
        ['id', `"${id}"`],
        ['at', String(id)],
      ],
      '1',
    )
  const add = (id: number, isPlain: boolean) => {
    const text = line(id)
    const bytes = Buffer.from(text)
    if (isPlain && batch.scan(scanner, bytes, 0, bytes.length)) return
    for (const { message, clean } of messages(Buffer.from(`${text}\n`))) {
      if (message.type !== 'RECORD') continue
      scanner.learn(text, message.record)
      batch.add(message.record, clean)
    }
  }
  for (let id = 0; id < 200; id++) add(id, id % 3 > 0)
  const { rows } = batch.seal()
  expect(rows.map(({ isBinary }) => isBinary).slice(0, 4)).toEqual([false, true, false, true])
  expect(rows.length).toBeLessThanOrEqual(18)
  const texts = await session.transaction(() => asText(table, session, rows))
  const all = texts.map(({ chunks }) => Buffer.concat(chunks).toString()).join('')
  const ids = all
    .split('\n')
    .slice(0, -1)
    .map((text) => Number(text.split('\t')[4]))
  expect(ids).toEqual(Array.from({ length: 200 }, (_, id) => id))
})
