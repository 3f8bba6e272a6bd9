import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accounts } from '../../src/catalog/accounts.ts'
import { transactions } from '../../src/catalog/transactions.ts'
import { columnsOf } from '../../src/server/verify/columns.ts'
import {
  billionths,
  compare,
  changedSince,
  compareRows,
  decimal,
  keptBy,
  newerThan,
  pairs,
  type Row,
} from '../../src/server/verify/compare.ts'

function row(id: string, more: Partial<Row> = {}, content: object = {}): Row {
  const updated_at = '2026-01-01T00:00:00.000000Z'
  const given = { item_id: 'i', account_id: 'a', amount: '1.5', updated_at, ...more }
  const json = JSON.stringify({ transaction_id: id, name: 'Coffee', ...given, ...content })
  return { id, deleted: false, ...given, json }
}

async function* read<T>(rows: T[]): AsyncGenerator<T> {
  yield* rows
}

const promised = '2026-06-01T00:00:00.000000Z'
const late = '2026-06-01T00:00:00.000001Z'

function result(store: Row[], warehouse: Row[]) {
  return compare(read(store), read(warehouse), promised, columnsOf(transactions))
}

describe('store against warehouse', () => {
  test('equal rows have equal counts, sums and checksums', async () => {
    const rows = [row('a'), row('b', { amount: '-0.000000001' }), row('c', { amount: null })]
    const { accounts, different, inFlight } = await result(rows, rows)
    const { store, warehouse } = accounts.get('a')!
    expect({ different, inFlight }).toEqual({ different: 0, inFlight: 0 })
    expect(store).toEqual(warehouse)
    expect(store.count).toBe(3)
    expect(decimal(store.sum)).toBe('1.499999999')
  })

  test('a difference names the id and its kind', async () => {
    const store = [row('changed'), row('deleted', { deleted: true }), row('missing')]
    const changed = row('changed', { amount: '1.51' }, { location: { city: 'Oslo' } })
    const warehouse = [changed, row('deleted'), row('unknown')]
    const { named, different } = await result(store, warehouse)
    expect(different).toBe(4)
    expect(named).toEqual([
      { id: 'changed', kind: 'differs', columns: ['amount', 'location'] },
      { id: 'deleted', kind: 'gone at the bank' },
      { id: 'missing', kind: 'missing in the warehouse' },
      { id: 'unknown', kind: 'not in the store' },
    ])
  })

  test('what is newer than the promise is in flight, not a difference', async () => {
    const store = [
      row('added', { updated_at: late }),
      row('changed', { updated_at: late, amount: '2' }),
      row('removed', { updated_at: late, deleted: true }),
    ]
    const warehouse = [row('ahead', { updated_at: late }), row('changed'), row('removed')]
    const { different, inFlight } = await result(store, warehouse)
    expect({ different, inFlight }).toEqual({ different: 0, inFlight: 4 })
  })

  test('a tombstone that the warehouse does not have is as it should be', async () => {
    const { different, inFlight } = await result([row('a', { deleted: true })], [])
    expect({ different, inFlight }).toEqual({ different: 0, inFlight: 0 })
  })
})

describe('accounts', () => {
  const account = (id: string, updated_at = promised, name = 'Checking') => ({
    id,
    updated_at,
    deleted: false,
    json: JSON.stringify({ account_id: id, updated_at, name }),
  })
  type Account = ReturnType<typeof account>
  const compared = (store: Account[], warehouse: Account[], since: string) =>
    compareRows(read(store), read(warehouse), changedSince(since), columnsOf(accounts))

  test('what is there already is not in flight, however young', async () => {
    const rows = [account('a', late)]
    expect(await compared(rows, rows, promised)).toEqual({
      compared: 1,
      inFlight: 0,
      kept: 0,
      different: [],
      unnamed: 0,
    })
  })

  test('what changed since the last sync began is on its way, what did not is a difference', async () => {
    const store = [account('new', late), account('old', '2026-05-01T00:00:00.000000Z')]
    const warehouse = [account('old', '2026-04-01T00:00:00.000000Z'), account('unknown')]
    expect(await compared(store, warehouse, promised)).toEqual({
      compared: 2,
      inFlight: 1,
      kept: 0,
      different: [
        { id: 'old', kind: 'differs', columns: ['updated_at'] },
        { id: 'unknown', kind: 'not in the store' },
      ],
      unnamed: 0,
    })
  })

  test('one that differs with the same stamp was changed by hand, however young it is', async () => {
    const changed = account('a', late, 'Savings')
    expect((await compared([account('a', late)], [changed], promised)).different).toEqual([
      { id: 'a', kind: 'differs', columns: ['name'] },
    ])
  })
})

test('of a stream that comes as its changes, what is newer than promised is in flight', async () => {
  const at = (id: string, updated_at = promised, deleted = false, name = 'n') => {
    return { id, updated_at, deleted, json: JSON.stringify({ account_id: id, name }) }
  }
  const store = [at('came', late), at('gone', late, true), at('lost'), at('past', promised, true)]
  const warehouse = [at('ghost'), at('gone'), at('past')]
  const compared = await compareRows(
    read(store),
    read(warehouse),
    newerThan(promised),
    columnsOf(accounts),
  )
  expect(compared).toEqual({
    compared: 3,
    inFlight: 2,
    kept: 0,
    different: [
      { id: 'ghost', kind: 'not in the store' },
      { id: 'lost', kind: 'missing in the warehouse' },
      { id: 'past', kind: 'gone at the bank' },
    ],
    unnamed: 0,
  })
})

test('what the store let go by its age is in the warehouse still, and no difference', async () => {
  const warehouse = [row('later', { updated_at: late }), row('old')]
  const found = await compareRows(
    read([]),
    read(warehouse),
    newerThan(late),
    columnsOf(accounts),
    keptBy('2026-02-01T00:00:00.000000Z'),
  )
  expect(found).toMatchObject({
    compared: 1,
    kept: 1,
    different: [{ id: 'later', kind: 'not in the store' }],
  })
})

test('any two sorted readings meet where their ids are the same, in the order of bytes', async () => {
  const ids = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(ids, ids, async (left, right) => {
      const sorted = (list: string[]) =>
        list
          .map((id) => ({ id }))
          .toSorted((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
      const seen: string[] = []
      for await (const [a, b] of pairs(read(sorted(left)), read(sorted(right)))) {
        if (a && b) expect(a.id).toBe(b.id)
        seen.push((a ?? b)!.id)
        expect(a !== undefined).toBe(left.includes(seen.at(-1)!))
        expect(b !== undefined).toBe(right.includes(seen.at(-1)!))
      }
      expect(seen.toSorted()).toEqual([...new Set([...left, ...right])].toSorted())
    }),
  )
})

test('decimal text survives the way through whole numbers', () => {
  for (const [text, shown] of [
    ['0', '0.00'],
    ['-0.5', '-0.50'],
    ['12345678901234567890.123456789', '12345678901234567890.123456789'],
    ['-3', '-3.00'],
  ] as const) {
    expect(decimal(billionths(text))).toBe(shown)
  }
})
