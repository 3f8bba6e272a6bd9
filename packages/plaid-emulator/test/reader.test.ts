// What a reader of /transactions/sync is told: page by page, of one account, from now on, and when
// it may not go on. That all readers end up with the truth is in readers.test.ts.
import { describe, expect, test } from 'vitest'
import { GINGHAM, NO_ACCOUNT, startEmulator } from './support/emulator.ts'

describe('L1 a reader of /transactions/sync', () => {
  test('meets the mutation error again on the same page, and not after a new loop', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const first = await bench.sync(item, '', 10)
    expect(first.body.has_more).toBe(true)
    await bench.mutate(item, { modify: 1 })
    for (let i = 0; i < 2; i++) {
      const { status, body } = await bench.sync(item, first.body.next_cursor, 10)
      expect([status, body]).toEqual([
        400,
        expect.objectContaining({
          error_type: 'TRANSACTIONS_ERROR',
          error_code: 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION',
        }),
      ])
    }
    const again = await bench.sync(item, '', 10)
    expect((await bench.sync(item, again.body.next_cursor, 10)).status).toBe(200)
  })

  test('of one account has that account’s rows, with cursors of its own', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const [account] = bench.truth(item).accounts
    const options = { account_id: account!.account_id }
    const ids: string[] = []
    let cursor = ''
    for (let more = true; more;) {
      const { body } = await bench.sync(item, cursor, 100, options)
      expect(body.accounts.map(({ account_id }) => account_id)).toEqual([account!.account_id])
      ids.push(...body.added.map((row) => row.transaction_id))
      cursor = body.next_cursor
      more = body.has_more
    }
    const own = bench
      .truth(item)
      .transactions.filter(({ account_id }) => account_id === account!.account_id)
    expect(ids.sort()).toEqual(own.map((row) => row.transaction_id).sort())
    const mixed = await bench.sync(item, cursor, 100)
    expect(mixed.body.error_code).toBe('INVALID_FIELD')
    const wrong = await bench.sync(item, '', 100, { account_id: NO_ACCOUNT })
    expect(wrong.body.error_code).toBe('INVALID_ACCOUNT_ID')
  })

  test('cannot use another Item’s cursor, a damaged one, or count beyond 500', async () => {
    await using bench = await startEmulator()
    const [item, other] = [await bench.link(), await bench.link(GINGHAM)]
    const { body } = await bench.sync(item, '', 10)
    expect(body.next_cursor.length).toBeLessThanOrEqual(256)
    for (const cursor of [body.next_cursor.slice(1), 'x', `${body.next_cursor}AAAA`]) {
      expect((await bench.sync(item, cursor)).body.error_code).toBe('INVALID_FIELD')
    }
    expect((await bench.sync(other, body.next_cursor)).body.error_code).toBe('INVALID_FIELD')
    for (const count of [0, 501, 1.5]) {
      expect((await bench.sync(item, '', count)).body.error_code).toBe('INVALID_FIELD')
    }
  })

  test('that comes from /transactions/get begins at the end with "now"', async () => {
    await using bench = await startEmulator()
    const item = await bench.link()
    const now = await bench.sync(item, 'now')
    expect([now.body.added, now.body.has_more]).toEqual([[], false])
    await bench.mutate(item, { add: 2, modify: 1, remove: 1 })
    const { added, modified, removed } = (await bench.sync(item, now.body.next_cursor)).body
    expect([added.length, modified.length, removed.length]).toEqual([2, 1, 1])
  })
})
