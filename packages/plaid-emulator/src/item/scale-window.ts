// /transactions/get over rows that nobody holds: rows by number are rows by day, and accounts take
// turns, so that counting and skipping is arithmetic, whatever the offset.
import type { RowNumber } from './change-log.ts'
import type { WindowQuery } from './ledger.ts'

export interface Turns {
  rowCount: number
  /** Those that are gone, in any order. */
  removed: readonly RowNumber[]
  /** Rows belong to these turns: the row's number modulo `ofTurns`. */
  turns: readonly number[]
  ofTurns: number
  /** Never less than that of the row before. */
  dayOf(row: RowNumber): number
}

export function scaleWindow(
  query: WindowQuery,
  { rowCount, removed, turns, ofTurns, dayOf }: Turns,
): { total: number; rows: RowNumber[] } {
  const low = firstRow(0, rowCount, (row) => dayOf(row) >= query.firstDay)
  const high = firstRow(low, rowCount, (row) => dayOf(row) > query.lastDay)
  const isOf = (row: RowNumber): boolean => turns.includes(row % ofTurns)
  const gone = removed.filter(isOf).sort((a, b) => a - b)
  const goneBelow = (row: RowNumber): number => firstRow(0, gone.length, (i) => at(gone, i) >= row)
  /** Living rows with a number below this one. */
  const below = (row: RowNumber): number =>
    turns.reduce((sum, turn) => sum + Math.ceil(Math.max(0, row - turn) / ofTurns), 0) -
    goneBelow(row)
  const total = below(high) - below(low)
  const rows: RowNumber[] = []
  // the newest first: `offset` living rows stand at or above this one
  const isSkipped = (row: RowNumber): boolean => below(high) - below(row) <= query.offset
  const from = firstRow(low, high, isSkipped)
  const goneRows = new Set(gone)
  for (let row = from - 1; row >= low && rows.length < query.count; row--) {
    if (isOf(row) && !goneRows.has(row)) rows.push(row)
  }
  return { total, rows }
}

/** The first number in [low, high) for which it holds; high where there is none. */
function firstRow(low: number, high: number, holds: (row: number) => boolean): number {
  let [from, to] = [low, high]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if (holds(middle)) to = middle
    else from = middle + 1
  }
  return from
}

function at(list: readonly number[], i: number): number {
  return list[i] ?? 0
}
