// The world `scale`: as many Items and rows as somebody wants, which cost nothing until they are
// asked for.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { answerText } from '../src/item/answer-text.ts'
import { ChangeLog, scanPositionsMax } from '../src/item/change-log.ts'
import { encodeCursor } from '../src/item/cursor.ts'
import { ScaleLedger } from '../src/item/scale-ledger.ts'
import { syncPage } from '../src/item/sync.ts'
import { idAt, indexOfId, keyOf } from '../src/world/random.ts'
import {
  type Bench,
  type LinkedItem,
  Reader,
  sorted,
  startEmulator,
  temporaryFolder,
} from './support/emulator.ts'

const HUGE = 50_000_000

interface Listing {
  total: number
  items: { item_id: string; access_token: string | null }[]
}

async function list(bench: Bench, offset: number, limit: number): Promise<Listing> {
  const response = await fetch(`${bench.url()}/emulator/items?offset=${offset}&limit=${limit}`, {
    headers: { authorization: 'Bearer admin-token-of-the-test' },
  })
  return (await response.json()) as Listing
}

async function itemAt(bench: Bench, index: number): Promise<LinkedItem> {
  const [item] = (await list(bench, index, 1)).items
  return { itemId: item?.item_id ?? '', accessToken: item?.access_token ?? '' }
}

const start = (more: object = {}) =>
  startEmulator({ world: 'scale', scale: { items: 100_000, transactions: 900 }, ...more })

describe('the world scale', () => {
  test('has its Items by tokens that follow from the seed', async () => {
    await using bench = await start()
    const page = await list(bench, 99_998, 10)
    expect([page.total, page.items.length]).toEqual([100_000, 2])
    const item = await itemAt(bench, 70_001)
    const { body } = await bench.sync(item, '', 500)
    expect([body.added.length, body.has_more]).toEqual([500, true])
    await using same = await start()
    expect(await itemAt(same, 70_001)).toEqual(item)
    await using other = await start({ seed: 'another' })
    expect((await other.sync(item)).body.error_code).toBe('INVALID_ACCESS_TOKEN')
  })

  test('knows a token that is not its own, and a number beyond its Items', async () => {
    await using bench = await start({ scale: { items: 5, transactions: 900 } })
    await using larger = await start({ scale: { items: 6, transactions: 900 } })
    const { accessToken, itemId } = await itemAt(bench, 3)
    const last = accessToken.endsWith('0') ? '1' : '0'
    const forged = [
      accessToken.slice(0, -1) + last,
      accessToken.replace('-00000003-', '-00000002-'),
      (await itemAt(larger, 5)).accessToken,
    ]
    for (const token of forged) {
      const answer = await bench.sync({ itemId, accessToken: token })
      expect(answer.body.error_code, token).toBe('INVALID_ACCESS_TOKEN')
    }
  })

  test('varies the accounts, with balances that are the sums of the rows', async () => {
    await using bench = await start()
    const counts = new Set<number>()
    for (let index = 0; index < 24; index++) {
      const item = await itemAt(bench, index)
      const { accounts, transactions } = bench.truth(item)
      counts.add(accounts.length)
      expect(transactions.length).toBe(900)
      await bench.mutate(item, { add: 3, modify: 5, remove: 9 })
      const after = bench.truth(item)
      for (const [i, { account_id, balances }] of after.accounts.entries()) {
        const sum = (rows: typeof transactions): number =>
          rows
            .filter((row) => row.account_id === account_id)
            .reduce((total, row) => total + Math.round(row.amount * 100), 0)
        const moved = Math.round((balances.current! - accounts[i]!.balances.current!) * 100)
        const owed = balances.limit === null ? -1 : 1
        expect(moved).toBe(owed * (sum(after.transactions) - sum(transactions)))
      }
    }
    expect(counts).toEqual(new Set([1, 2, 3, 4]))
  })

  test('remembers the Items to which something was done, and only them', async () => {
    await using folder = await temporaryFolder()
    const { path: dataFolder } = folder
    await using bench = await start({ dataFolder })
    const [read, changed, gone, rotated] = [
      await itemAt(bench, 1),
      await itemAt(bench, 50_000),
      await itemAt(bench, 60_000),
      await itemAt(bench, 70_000),
    ]
    const reader = new Reader(bench, changed)
    await reader.loop()
    await new Reader(bench, read).loop()
    await bench.mutate(changed, { add: 4, modify: 5, remove: 6 })
    await bench.post('/item/remove', { access_token: gone.accessToken })
    const token = await bench.post('/item/access_token/invalidate', {
      access_token: rotated.accessToken,
    })
    const truth = bench.truth(changed)
    const codes = async () => [
      (await bench.sync(gone)).body.error_code,
      token.status === 200 ? (await bench.sync(rotated)).body.error_code : 'not modelled',
      (await list(bench, 70_000, 1)).items[0]?.access_token === null || token.status !== 200,
    ]
    const before = await codes()
    expect(before[0]).toBe('ITEM_NOT_FOUND')
    // others are asked for meanwhile, more than are kept at hand
    for (let offset = 0; offset < 3_000; offset += 1_000) await list(bench, offset, 1_000)
    await bench.restart()
    expect(bench.truth(changed)).toEqual(truth)
    expect(await codes()).toEqual(before)
    await reader.loop()
    expect(sorted(reader.rows.values())).toEqual(sorted(truth.transactions))
    const state = await readFile(join(dataFolder, 'emulator.json'), 'utf8')
    const kept = (JSON.parse(state) as { items: { itemId: string }[] }).items
    expect(kept.map(({ itemId }) => itemId)).not.toContain(read.itemId)
    expect(kept.length).toBeLessThanOrEqual(3)
    expect(state.length).toBeLessThan(20_000)
  })

  test('starts in no time and no memory, however large', async () => {
    const [cpu, heap] = [process.cpuUsage(), process.memoryUsage().heapUsed]
    await using bench = await start({ scale: { items: 100_000, transactions: HUGE } })
    const { user, system } = process.cpuUsage(cpu)
    expect((user + system) / 1000).toBeLessThan(2_000)
    const item = await itemAt(bench, 99_999)
    const { body } = await bench.sync(item, 'now', 500)
    expect(body.added).toEqual([])
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(100 * 2 ** 20)
  })
})

describe('a page of fifty million rows', () => {
  const ledger = new ScaleLedger({
    seed: 'seed',
    itemId: 'item',
    since: Date.parse('2026-03-15T12:00:00Z'),
    rows: HUGE,
    accounts: 4,
    chosen: null,
  })
  const view = { originalDescription: false, categoryVersion: 'v2' } as const
  const page = (after: number, accountId?: string): number => {
    const owner = accountId === undefined ? 'item' : `item/${accountId}`
    const cursor = after === 0 ? '' : encodeCursor(owner, { start: 0, after, head: HUGE })
    const answer = syncPage(ledger, { itemId: 'item', cursor, count: 500, accountId })
    const { added, modified, ...rest } = answer
    expect(added.length).toBe(500)
    return answerText(ledger, rest, { added, modified }, view).length
  }

  /** The cheapest of many, so that what else the machine does counts little. */
  const cpuOf = (work: () => void): number =>
    Math.min(
      ...Array.from({ length: 60 }, () => {
        const before = process.cpuUsage()
        work()
        const { user, system } = process.cpuUsage(before)
        return user + system
      }),
    )

  test('costs the same at the beginning, in the middle and at the end', () => {
    const account = ledger.accounts()[2]!.account_id
    for (let i = 0; i < 30; i++) page(0)
    const places = [0, HUGE / 2, HUGE - 2_001]
    const costs = places.flatMap((after) => [
      cpuOf(() => page(after)),
      cpuOf(() => page(after, account)),
    ])
    expect(Math.max(...costs) / Math.min(...costs)).toBeLessThan(3)
  })

  test('by date costs no more with an offset of millions', () => {
    const account = ledger.accounts()[1]!.account_id
    for (const offset of [0, 6_000_000, HUGE / 4 - 10]) {
      const query = { firstDay: -Infinity, lastDay: Infinity, accountIds: [account], offset }
      const { total, rows } = ledger.window({ ...query, count: 10 })
      expect([total, rows.length]).toEqual([HUGE / 4, 10])
      expect(rows.every((row) => row % 4 === 1)).toBe(true)
      expect(rows[0]).toBe(HUGE - 3 - offset * 4)
    }
  })

  test('looks at a bounded stretch of the log, however much was passed over', () => {
    const log = new ChangeLog(1_000_000)
    for (let row = 0; row < 999_990; row++) log.put(row)
    let looked = 0
    const read = [0, scanPositionsMax].flatMap((after) => {
      const { changes, position, hasMore } = log.read(0, after, 500, () => {
        looked++
        return false
      })
      expect([changes, position, hasMore]).toEqual([[], after + scanPositionsMax, true])
      return changes
    })
    expect([read, looked]).toEqual([[], 0])
    expect(log.read(0, 1_000_000 - 5, 500).changes.length).toBe(500)
  })
})

describe('an id', () => {
  test('gives its number back under its own key alone', () => {
    const [key, other] = [keyOf('a'), keyOf('b')]
    for (const index of [0, 1, 77, 200_000_001, 2 ** 32 - 1]) {
      expect(indexOfId(key, idAt(key, index))).toBe(index)
      expect(indexOfId(other, idAt(key, index))).toBeUndefined()
    }
    for (const text of ['', 'x', '?'.repeat(37)]) expect(indexOfId(key, text)).toBeUndefined()
  })
})
