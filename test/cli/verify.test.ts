// What a verification found, in a word.
import { expect, test } from 'vitest'
import { noRowsCompared, nothingCompared } from '../../src/server/verify/compare.ts'
import { isDifferent } from '../../src/server/verify/plain.ts'
import type { WarehouseReport } from '../../src/server/verify/report.ts'

const equal: WarehouseReport = {
  promised: null,
  missing: [],
  unsynced: [],
  failedJob: undefined,
  transactions: nothingCompared(),
  streams: { accounts: noRowsCompared() },
}
const flying = { ...noRowsCompared(), inFlight: 10 }

test.each<[string, Partial<WarehouseReport>, boolean]>([
  ['nothing differs', {}, false],
  ['rows are in flight', { streams: { balances: flying } }, false],
  ['a sync failed that had nothing to bring', { failedJob: 7 }, false],
  ['a sync failed to bring rows', { streams: { balances: flying }, failedJob: 7 }, true],
  ['a table is gone', { missing: ['accounts'] }, true],
  ['a stream was chosen since the last sync', { unsynced: ['balances'] }, false],
])('where %s', (_, found, different) => {
  expect(isDifferent({ banks: [], warehouse: { ...equal, ...found } })).toBe(different)
})
