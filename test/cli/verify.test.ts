// What a verification found, in a word.
import { expect, test } from 'vitest'
import { noRowsCompared, nothingCompared } from '../../src/server/verify/compare.ts'
import { outcomeOf } from '../../src/server/verify/keep.ts'
import { remedyOf } from '../../src/server/verify/remedy.ts'
import type { VerifyReport } from '../../src/plaid-api/verify-shapes.ts'
import type { Verification, WarehouseReport } from '../../src/server/verify/report.ts'

const equal: WarehouseReport = {
  promised: null,
  missing: [],
  unsynced: [],
  unpromised: [],
  failedJob: undefined,
  transactions: nothingCompared(),
  streams: { accounts: { ...noRowsCompared(), isWhole: true } },
}
const flying = { ...noRowsCompared(), inFlight: 10, isWhole: false }
const differing = {
  ...noRowsCompared(),
  different: [{ id: 'a', kind: 'not in the store' } as const],
  isWhole: false,
}
const bank = (item_id: string, status: VerifyReport['status']): VerifyReport => {
  return { item_id, institution_name: null, status, accounts: [] }
}

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

test.each<[string, Partial<Verification>, Partial<WarehouseReport>, string[]]>([
  ['nothing differs', {}, { streams: { balances: flying } }, []],
  ['a bank cannot be read', { banks: [bank('i', 'unreadable')] }, {}, []],
  [
    'store and warehouse differ, the store is mended first',
    { banks: [bank('i', 'different'), bank('k', 'equal')] },
    { transactions: { ...nothingCompared(), different: 1 } },
    [
      './tartan plaid-sync --full --item i',
      './tartan sql "truncate airbyte_plaid.transactions"',
      'make airbyte-sync',
    ],
  ],
  [
    'only the store differs, the warehouse follows it',
    { banks: [bank('i', 'different')] },
    {},
    ['./tartan plaid-sync --full --item i', 'make airbyte-sync'],
  ],
  [
    'other streams differ, each is read again by its name, but those that come whole anyway',
    {},
    {
      streams: {
        accounts: { ...differing, isWhole: true },
        categories: differing,
        sync_runs: { ...differing, kept: 3 },
      },
    },
    [
      './tartan sql "truncate airbyte_plaid.categories"',
      './tartan sql "truncate airbyte_plaid.sync_runs"   # 3 of its rows are nowhere else',
      'make airbyte-sync',
    ],
  ],
  ['a table is gone', {}, { missing: ['accounts'] }, ['make airbyte-sync']],
  ['nothing is promised', {}, { unpromised: ['accounts'] }, ['make airbyte-sync']],
  [
    'a sync failed to bring rows',
    {},
    { streams: { balances: flying }, failedJob: 7 },
    ['./tartan jobs 7   # why the last sync failed', 'make airbyte-sync'],
  ],
])('what helps where %s', (_, found, warehouse, steps) => {
  const verification = { banks: [], warehouse: { ...equal, ...warehouse }, ...found }
  const again = steps.length > 0 ? ['./tartan verify'] : []
  expect(remedyOf(verification)).toEqual([...steps, ...again])
})

test('where nothing was synced yet, only the store is mended', () => {
  expect(remedyOf({ banks: [bank('i', 'different')], warehouse: undefined })).toEqual([
    './tartan plaid-sync --full --item i',
    './tartan verify',
  ])
})
