// Rows by day for /transactions/get, the newest first: sorted when somebody asks, and again only
// after the log has moved.
import type { ChangeLog, RowNumber } from './change-log.ts'
import type { WindowQuery } from './ledger.ts'

export interface Indexed {
  log: ChangeLog
  rowCount: number
  dayOf(row: RowNumber): number
  /** Whether the row is of an account that is asked for. */
  of(row: RowNumber): boolean
}

export class DayIndex {
  #head = -1
  #rows: RowNumber[] = []

  window(query: WindowQuery, of: Indexed): { total: number; rows: RowNumber[] } {
    if (this.#head !== of.log.head) this.#sort(of)
    const found = this.#rows.filter((row) => {
      const day = of.dayOf(row)
      return day >= query.firstDay && day <= query.lastDay && of.of(row)
    })
    return { total: found.length, rows: found.slice(query.offset, query.offset + query.count) }
  }

  #sort({ log, rowCount, dayOf }: Indexed): void {
    this.#rows = Array.from({ length: rowCount }, (_, row) => row)
      .filter((row) => log.isThere(row))
      .sort((a, b) => dayOf(b) - dayOf(a) || b - a)
    this.#head = log.head
  }
}
