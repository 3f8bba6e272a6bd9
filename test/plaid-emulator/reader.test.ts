// Whoever follows an Item by /transactions/sync ends up with what the bank has, whatever happens at
// the bank, to the reader and to the emulator meanwhile.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GINGHAM, PLATYPUS, Reader, sorted, startEmulator, TATTERSALL } from './support.ts'

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ page: fc.integer({ min: 1, max: 500 }) }) },
  { weight: 2, arbitrary: fc.record({ hours: fc.integer({ min: 1, max: 400 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ add: fc.nat(9), modify: fc.nat(9), remove: fc.nat(9) }),
  },
  { weight: 1, arbitrary: fc.constantFrom('refresh' as const, 'forget' as const) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
)

describe('L1 a reader of /transactions/sync', () => {
  test('has the bank’s rows, whatever happened in between', { timeout: 120_000 }, async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'emulator-'))
    await using bench = await startEmulator({ dataFolder })
    let mutations = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(PLATYPUS, GINGHAM, TATTERSALL),
        fc.constantFrom('user_good', 'user_scale_700'),
        fc.array(step, { minLength: 1, maxLength: 25 }),
        async (bank, user, steps) => {
          const item = await bench.link(bank, { override_username: user })
          const reader = new Reader(bench, item)
          for (const step of steps) {
            if (step === 'refresh') {
              await bench.post('/transactions/refresh', { access_token: item.accessToken })
            } else if (step === 'forget') reader.forget()
            else if (step === 'restart') await bench.restart()
            else if ('page' in step) await reader.page(step.page)
            else if ('hours' in step) await bench.advance(`${step.hours}h`)
            else await bench.mutate(item, step)
          }
          await reader.loop()
          expect(sorted(reader.rows.values())).toEqual(sorted(bench.truth(item).transactions))
          expect(reader.removedFromNothing).toBe(0)
          mutations += reader.mutations
          await bench.post('/item/remove', { access_token: item.accessToken })
        },
      ),
      { numRuns: 30 },
    )
    expect(mutations).toBeGreaterThan(0)
    await rm(dataFolder, { recursive: true })
  })

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
    const wrong = await bench.sync(item, '', 100, { account_id: 'another' })
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
