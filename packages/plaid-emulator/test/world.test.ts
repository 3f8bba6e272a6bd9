// The household's world: the same everywhere, and consistent with itself.
import { describe, expect, test } from 'vitest'
import type { Transaction } from 'plaid'
import { dayOfDate } from '../src/world/calendar.ts'
import { HOUSEHOLD } from '../src/world/household/day.ts'
import { createLife } from '../src/world/life.ts'
import { INSTITUTIONS, pullTimes } from '../src/world/institutions.ts'
import { GINGHAM, PLATYPUS, Reader, sorted, startEmulator, TATTERSALL } from './support/emulator.ts'

const cents = (value: number | null): number => Math.round((value ?? 0) * 100)

describe('the world', () => {
  test('is the same for the same seed and date, to the byte and to the id', async () => {
    const worlds = await Promise.all(
      [1, 2].map(async () => {
        await using bench = await startEmulator({ seed: 'a' })
        const item = await bench.link(GINGHAM)
        await bench.advance('40d')
        return JSON.stringify(bench.truth(item))
      }),
    )
    await using other = await startEmulator({ seed: 'b' })
    expect(worlds[0]).toBe(worlds[1])
    expect(JSON.stringify(other.truth(await other.link(GINGHAM)))).not.toBe(worlds[0])
  })

  test('has ten accounts at three banks and a few thousand rows in two years', async () => {
    await using bench = await startEmulator()
    const items = await Promise.all([PLATYPUS, GINGHAM, TATTERSALL].map((bank) => bench.link(bank)))
    const truths = items.map((item) => bench.truth(item))
    const kinds = truths.flatMap(({ accounts }) => accounts.map(({ subtype }) => subtype))
    expect(kinds.length).toBe(10)
    expect(new Set(kinds)).toEqual(
      new Set(['checking', 'savings', 'credit card', 'student', 'mortgage', 'brokerage', 'ira']),
    )
    const rows = truths.flatMap(({ transactions }) => transactions)
    expect(rows.length).toBeGreaterThan(2_000)
    expect(rows.length).toBeLessThan(6_000)
    const oldest = Math.min(...rows.map((row) => dayOfDate(row.authorized_date ?? row.date)))
    expect(dayOfDate('2026-03-15') - oldest).toBeLessThanOrEqual(730)
    expect(dayOfDate('2026-03-15') - oldest).toBeGreaterThan(725)
  })

  test('shows only accounts that have transactions in /transactions/sync', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(GINGHAM)
    const { body } = await bench.sync(item)
    expect(body.accounts.map(({ subtype }) => subtype)).toEqual([
      'checking',
      'credit card',
      'student',
    ])
    expect(bench.truth(item).accounts.length).toBe(4)
  })

  test('a balance moves by what its rows moved', async () => {
    await using bench = await startEmulator()
    for (const user of ['user_good', 'user_scale_5000']) {
      const item = await bench.link(PLATYPUS, { override_username: user })
      const before = bench.truth(item)
      await bench.mutate(item, { add: 9, modify: 7, remove: 5 })
      await bench.advance('45d')
      const after = bench.truth(item)
      for (const account of after.accounts) {
        const sum = (rows: Transaction[]): number =>
          rows
            .filter((row) => row.account_id === account.account_id && !row.pending)
            .reduce((total, row) => total + cents(row.amount), 0)
        const then = before.accounts.find(({ account_id }) => account_id === account.account_id)
        const moved = cents(account.balances.current) - cents(then?.balances.current ?? 0)
        const owed = account.balances.limit === null ? -1 : 1
        expect(moved, account.name).toBe(
          owed * (sum(after.transactions) - sum(before.transactions)),
        )
      }
    }
  })

  test('who followed a bank for two months has what a newcomer is given', async () => {
    await using bench = await startEmulator()
    const days = (days_requested: number) => ({ transactions: { days_requested } })
    const faceless = (row: Transaction) =>
      JSON.stringify([row.date, row.amount, row.name, row.pending, row.authorized_datetime])
    for (const bank of [PLATYPUS, GINGHAM, TATTERSALL]) {
      const old = await bench.link(bank, days(100))
      await bench.advance('60d')
      await bench.post('/transactions/refresh', { access_token: old.accessToken })
      const young = await bench.link(bank, days(160))
      const [a, b] = [bench.truth(old), bench.truth(young)]
      expect(a.transactions.map(faceless).sort()).toEqual(b.transactions.map(faceless).sort())
      expect(a.accounts.map(({ balances }) => balances)).toEqual(
        b.accounts.map(({ balances }) => balances),
      )
    }
  })

  test('grows with its clock in all the ways of a bank', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(PLATYPUS)
    const reader = new Reader(bench, item)
    await reader.loop()
    const seen = { linked: 0, unlinked: 0, modifiedPending: 0, modifiedPosted: 0, vanished: 0 }
    for (let day = 0; day < 120; day++) {
      await bench.advance('1d')
      const before = new Map(reader.rows)
      await reader.loop()
      for (const row of reader.rows.values()) {
        const old = before.get(row.transaction_id)
        if (old === undefined && !row.pending && row.datetime !== null) {
          seen[row.pending_transaction_id === null ? 'unlinked' : 'linked']++
        }
        if (old !== undefined && old.amount !== row.amount) {
          seen[row.pending ? 'modifiedPending' : 'modifiedPosted']++
        }
      }
      const successors = new Set([...reader.rows.values()].map((row) => row.pending_transaction_id))
      for (const [id, row] of before) {
        if (row.pending && !reader.rows.has(id) && !successors.has(id)) seen.vanished++
      }
    }
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(0)
    expect(sorted(reader.rows.values())).toEqual(sorted(bench.truth(item).transactions))
  })

  test('a posted row names a pending one only where readers were shown that', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(PLATYPUS)
    const reader = new Reader(bench, item)
    await reader.loop()
    const named = () => Array.from(reader.rows.values(), (row) => row.pending_transaction_id)
    expect(new Set(named()), 'a history was never seen pending').toEqual(new Set([null]))
    const shown = new Set<string | null>([null])
    // not a look goes by without a reader
    for (let quarter = 0; quarter < 80; quarter++) {
      for (const id of reader.rows.keys()) shown.add(id)
      await bench.advance('6h')
      if (quarter === 40) await bench.command({ churn: { item_id: item.itemId } })
      await reader.loop()
      expect(named().filter((id) => !shown.has(id))).toEqual([])
    }
    expect(new Set(named()).size).toBeGreaterThan(10)
  })

  test('changes land in one to four batches a day', () => {
    const day = dayOfDate('2026-03-15') * 86_400_000
    for (const institution of INSTITUTIONS) {
      for (let i = 0; i < 100; i++) {
        const from = day + i * 86_400_000 - 1
        const count = [...pullTimes('seed', institution.id, from, from + 86_400_000)].length
        expect(count).toBeGreaterThanOrEqual(1)
        expect(count).toBeLessThanOrEqual(4)
      }
    }
  })

  test('what leaves one own account arrives at another', () => {
    const life = createLife(HOUSEHOLD, 'sums')
    const accounts = new Set(life.accounts.keys())
    const [from, to] = [dayOfDate('2025-01-01'), dayOfDate('2025-12-31')]
    const drafts = life.drafts(accounts, from, to)
    const total = (name: string): number =>
      drafts.filter(({ payee }) => payee.name === name).reduce((sum, { cents }) => sum + cents, 0)
    expect(total('Transfer to savings')).toBeGreaterThan(0)
    expect(total('Transfer to savings') + total('Deposit from checking')).toBe(0)
    expect(total('Transfer to own account') + total('Transfer from own account')).toBe(0)
    expect(total('Tattersall Investments') + total('Contribution')).toBe(0)
  })
})
