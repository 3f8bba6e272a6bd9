import { expect, test } from 'vitest'
import { prettyLine } from '../../src/cli/log-line.ts'
import { formatCount, formatDuration, formatTable } from '../../src/cli/print.ts'

test('a table’s numbers stand right, its texts left, its nulls empty', () => {
  const rows = [
    ['a', 5, null],
    ['long name', 12.5, { x: 1 }],
  ]
  expect(formatTable(['name', 'n', 'more'], rows)).toBe(
    [
      'name          n  more',
      '─────────  ────  ───────',
      'a             5',
      'long name  12.5  {"x":1}',
    ].join('\n'),
  )
})

test('a table may have more rows than a function takes arguments', () => {
  const rows = Array.from({ length: 200_000 }, (_, n) => [n])
  expect(formatTable(['n'], rows).split('\n').at(-1)).toBe('199999')
})

test('a cell that is too long ends with a word and …, or within a word that is too long', () => {
  const cellOf = (text: string) => formatTable(['t'], [[text]], { cellCharsMax: 12 }).split('\n')[2]
  expect(cellOf('the login has ended')).toBe('the login…')
  expect(cellOf('eleven char word')).toBe('eleven char…')
  expect(cellOf('0123456789abcdef')).toBe('0123456789a…')
  expect(cellOf('just as long')).toBe('just as long')
})

test('durations and counts read as a person says them', () => {
  expect([900, 42_000, 90_000, 7_300_000, 200_000_000].map(formatDuration)).toEqual([
    '0.9 s',
    '42 s',
    '1 min',
    '2 h',
    '2 d',
  ])
  expect([formatCount(1, 'row'), formatCount(1234, 'row')]).toEqual(['1 row', '1,234 rows'])
})

test('a log line is told in words; a line that is no JSON stays', () => {
  const line =
    '{"level":"info","time":"2026-01-02T03:04:05.678Z","name":"worker","job":7,"msg":"up"}'
  expect(prettyLine(line)).toBe('2026-01-02 03:04:05 INFO  up job=7')
  expect(prettyLine('LOG:  ready')).toBe('LOG:  ready')
  expect(prettyLine('{"cut')).toBe('{"cut')
})
