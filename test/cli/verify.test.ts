// What a verification found, in a word.
import { expect, test } from 'vitest'
import { noRowsCompared, nothingCompared } from '../../src/server/verify/compare.ts'
import { outcomeOf } from '../../src/server/verify/keep.ts'
import type { WarehouseReport } from '../../src/server/verify/report.ts'

const equal: WarehouseReport = {
  promised: null,
  missing: [],
  unsynced: [],
  unpromised: [],
  failedJob: undefined,
  transactions: nothingCompared(),
  streams: { accounts: noRowsCompared() },
}
const flying = { ...noRowsCompared(), inFlight: 10 }

test.each<[string, Partial<WarehouseReport>, string]>([
  ['nothing differs', {}, 'equal'],
  ['rows are in flight', { streams: { balances: flying } }, 'equal'],
  ['a sync failed that had nothing to bring', { failedJob: 7 }, 'equal'],
  ['a sync failed to bring rows', { streams: { balances: flying }, failedJob: 7 }, 'different'],
  ['a table is gone', { missing: ['accounts'] }, 'different'],
  ['a stream was chosen since the last sync', { unsynced: ['balances'] }, 'equal'],
  ['nothing is promised of a table', { unpromised: ['accounts'] }, 'failed'],
  [
    'nothing is promised of one, and another is gone',
    { unpromised: ['accounts'], missing: ['items'] },
    'different',
  ],
])('where %s', (_, found, status) => {
  const outcome = outcomeOf({ banks: [], warehouse: { ...equal, ...found } })
  expect(outcome.status).toBe(status)
})
