// L1: what the bank has is in the store exactly once, whatever happened on the way.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { publishRowsMax, pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { verifyItem } from '../../src/plaid-api/ingest/verify.ts'
import type { Choice } from '../../src/plaid-api/item/choice.ts'
import { keepOnce } from '../../src/plaid-api/item/keeper.ts'
import { many, one, sql } from '../../src/postgres/query.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/std/log.ts'
import { testDatabase } from '../support/database.ts'
import { Household, Teller } from '../support/household.ts'
import { type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal
/** Bounds a hang, not a slow machine: sixty lives, each with its links, pulls and ends. */
const manyLives = { timeout: 600_000 }

type Move =
  | { kind: 'add'; n: number }
  | { kind: 'modify'; pick: number }
  | { kind: 'remove'; pick: number }
  | { kind: 'post'; pick: number }
  | {
      kind: 'pull'
      mode: 'incremental' | 'full'
      page: number
      crashAt: number
      mutateAt: number
      refuseAt: number
      accountsFail: boolean
    }
  | { kind: 'verify'; page: number }
  | { kind: 'readiness'; ready: boolean; complete: boolean }
  | { kind: 'relink'; choice: Choice }
  | { kind: 'churn'; tells: boolean }
  | { kind: 'erase' }

const nat = fc.nat({ max: 1_000 })
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), n: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant('modify' as const), pick: nat }),
  fc.record({ kind: fc.constant('remove' as const), pick: nat }),
  fc.record({ kind: fc.constant('post' as const), pick: nat }),
  fc.record({
    kind: fc.constant('readiness' as const),
    ready: fc.boolean(),
    complete: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('pull' as const),
    mode: fc.constantFrom('incremental' as const, 'full' as const),
    page: fc.integer({ min: 1, max: 7 }),
    crashAt: fc.integer({ min: 0, max: 8 }), // the step at which it crashes; 0: none
    mutateAt: fc.integer({ min: 0, max: 6 }), // the page after which the bank changes; 0: none
    refuseAt: fc.integer({ min: 0, max: 9 }), // the call whose cursor Plaid refuses; 0: none
    accountsFail: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('verify' as const), page: fc.integer({ min: 1, max: 7 }) }),
)

const lifeMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 8, arbitrary: move },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('relink' as const),
      choice: fc.constantFrom<Choice>('replace', 'keep_both', 'discard'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('churn' as const), tells: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const) }) },
)

/** Gives ids that only pages show, between two lists of the bank. */
const unlisted: Move = {
  kind: 'pull',
  mode: 'incremental',
  page: 1,
  crashAt: 0,
  mutateAt: 0,
  refuseAt: 0,
  accountsFail: true,
}
const churn: Move = { kind: 'churn', tells: false }
const passingIds: [Move[], boolean][] = [
  [[churn, unlisted, churn], false],
  [[churn, { kind: 'add', n: 1 }, unlisted, churn], true],
]

async function storeOf(pool: Pool, itemId: string): Promise<[string, number][]> {
  const rows = await many<{ transaction_id: string; amount: string }>(
    pool,
    sql`select transaction_id, amount from plaid.transaction
        where item_id = ${itemId} and deleted_at is null order by transaction_id`,
  )
  return rows.map((row) => [row.transaction_id, Number(row.amount)])
}

/** Where a kept count, of an account or of all, is not what counting gives. */
function miscounted(pool: Pool): Promise<object[]> {
  return many(
    pool,
    sql`select coalesce(t.item_id, c.item_id) as item_id, t.transactions, c.n
        from plaid.tally t
        full join (
          select item_id, account_id, count(*) as n from plaid.transaction
          where deleted_at is null group by item_id, account_id
        ) c using (item_id, account_id)
        where coalesce(t.transactions, 0) <> coalesce(c.n, 0)
        union all
        select 'all', living, c.n
        from plaid.feed_clock, (
          select count(*) filter (where deleted_at is null) as n, count(*) as all
          from plaid.transaction
        ) c
        where (living, living + tombstones) <> (c.n, c.all)`,
  )
}

const failure = { status: 500, body: { error_code: 'INTERNAL_SERVER_ERROR', request_id: 'r' } }
const refused = { status: 400, body: { error_code: 'INVALID_FIELD', request_id: 'r' } }

function bankOf(item: BankItem): [string, number][] {
  const all = [...item.living.values()].map((t): [string, number] => [t.transaction_id, t.amount])
  return all.sort(([a], [b]) => (a < b ? -1 : 1))
}

describe('L1', () => {
  test(
    'after any history with crashes, one more pull makes the store equal to the bank',
    manyLives,
    async () => {
      await using db = await testDatabase()
      await using bank = await ModelBank.start()
      let step = 0
      let crashAt = 0
      await using api = await testPlaidApi(db, bank, {
        onStep: async () => {
          if (++step === crashAt) throw new Error('crash')
        },
      })
      const { context } = api
      let round = 0
      const pullOnce = async (home: Household, m: Extract<Move, { kind: 'pull' }>) => {
        step = 0
        crashAt = m.crashAt
        bank.pageMax = m.page
        let pages = 0
        let calls = 0
        for (const teller of home.tellers) {
          teller.item.onPage = () => {
            if (++pages === m.mutateAt) teller.add()
          }
          teller.item.lie = (path, cursor) => {
            if (path === '/accounts/get') return m.accountsFail ? failure : undefined
            return cursor !== '' && ++calls === m.refuseAt ? refused : undefined
          }
        }
        for (const { item } of home.tellers) {
          await pullItem(context, item.itemId, m.mode, never).catch(() => {})
        }
        for (const { item } of home.tellers) {
          item.onPage = undefined
          item.lie = undefined
        }
        crashAt = 0
      }
      await fc.assert(
        fc.asyncProperty(
          fc.array(lifeMove, { minLength: 3, maxLength: 25 }),
          fc.boolean(),
          async (moves, tellsAll) => {
            const home = new Household(api, bank, `r${round++}`)
            await home.link('discard')
            for (const m of moves) {
              const { newest } = home
              if (m.kind === 'relink') await home.link(m.choice)
              else if (m.kind === 'erase') await home.erase()
              else if (!newest) continue
              else if (m.kind === 'add') for (let i = 0; i < m.n; i++) newest.add()
              else if (m.kind === 'readiness') Object.assign(newest.item, readiness(m))
              else if (m.kind === 'churn') newest.churn(m.tells)
              else if (m.kind === 'pull') await pullOnce(home, m)
              else if (m.kind === 'verify') {
                bank.pageMax = m.page
                await verifyItem(context, newest.item.itemId, never, 0) // one slice: a page or two
              } else newest[m.kind](m.pick)
              const last = home.newest?.item
              if (last) Object.assign(last, { tellsAll, listsAccounts: !tellsAll })
              expect(await home.orphans()).toBe(0)
              expect(await miscounted(context.pool)).toEqual([])
            }
            for (const { item } of home.tellers) {
              Object.assign(item, { ready: true, historyComplete: true })
            }
            await home.pull()
            await keepOnce(context, createLogger('plaid-api', 'silent'), never)
            expect(await home.store()).toEqual(home.truth())
            expect(await home.storedAccounts()).toEqual(home.accounts())
            for (const { item } of home.tellers) {
              let status = 'reading'
              for (let n = 0; status === 'reading' && n < 10; n++) {
                ;({ status } = await verifyItem(context, item.itemId, never))
              }
              expect(status).toBe('equal')
            }
          },
        ),
        { numRuns: 60, endOnFailure: true, examples: passingIds },
      )
    },
  )

  test('a full refresh while the bank is not ready erases nothing', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    const item = bank.item('a')
    const teller = new Teller(item)
    for (let i = 0; i < 20; i++) teller.add()
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    item.ready = false
    await pullItem(api.context, item.itemId, 'full', never)
    expect(await storeOf(api.context.pool, item.itemId)).toHaveLength(20)
  })

  test('a full refresh of an incomplete history passes over no removal', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    const item = bank.item('a')
    const teller = new Teller(item)
    for (let i = 0; i < 3; i++) teller.add()
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    teller.remove(1)
    item.historyComplete = false
    await pullItem(api.context, item.itemId, 'full', never)
    await pullItem(api.context, item.itemId, 'incremental', never)
    expect(await storeOf(api.context.pool, item.itemId)).toEqual(bankOf(item))
  })

  test('a bank that keeps changing between pages is read whole in the end', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    bank.pageMax = 3
    const item = bank.item('restless')
    const teller = new Teller(item)
    for (let i = 0; i < 10; i++) teller.add()
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    for (let i = 0; i < 10; i++) teller.add()
    teller.remove(2)
    let changes = 4 // more than the restarts from the same cursor
    item.onPage = () => {
      if (changes-- > 0) teller.add()
    }
    await pullItem(api.context, item.itemId, 'incremental', never)
    expect(await storeOf(api.context.pool, item.itemId)).toEqual(bankOf(item))
  })

  test.each([true, false])(
    'an account that comes back under another id is there twice at no moment (tells: %s)',
    async (tells) => {
      await using db = await testDatabase()
      await using bank = await ModelBank.start()
      const living: number[] = []
      await using api = await testPlaidApi(db, bank, {
        onStep: async () => {
          living.push((await storeOf(api.context.pool, item.itemId)).length)
        },
      })
      const item = bank.item('moving')
      const teller = new Teller(item)
      for (let i = 0; i < 6; i++) teller.add()
      await link(api, item)
      await pullItem(api.context, item.itemId, 'incremental', never)
      teller.churn(tells)
      bank.pageMax = 2
      living.length = 0
      await pullItem(api.context, item.itemId, 'incremental', never)
      expect(new Set(living)).toEqual(new Set([6]))
      expect(await storeOf(api.context.pool, item.itemId)).toEqual(bankOf(item))
    },
  )

  test('a loop that a crash left published in part is published to its end', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    let publishing = 0
    await using api = await testPlaidApi(db, bank, {
      onStep: async (step) => {
        if (step === 'publish' && ++publishing === 2) throw new Error('crash')
      },
    })
    const item = bank.item('long')
    const teller = new Teller(item)
    for (let i = 0; i <= publishRowsMax; i++) teller.add()
    await link(api, item)
    await expect(pullItem(api.context, item.itemId, 'incremental', never)).rejects.toThrow('crash')
    expect(await storeOf(api.context.pool, item.itemId)).toHaveLength(publishRowsMax)
    teller.remove(1) // who reads from the beginning is not told
    await pullItem(api.context, item.itemId, 'incremental', never)
    expect(await storeOf(api.context.pool, item.itemId)).toEqual(bankOf(item))
    const left = await one(api.context.pool, sql`select count(*)::int as n from plaid.staged`)
    expect(left).toEqual({ n: 0 })
  })

  test('a row that did not change keeps its place in the feed', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    const item = bank.item('still')
    const teller = new Teller(item)
    for (let i = 0; i < 5; i++) teller.add()
    await link(api, item)
    const stamps = () =>
      many(
        api.context.pool,
        sql`select transaction_id, updated_at from plaid.transaction order by 1`,
      )
    await pullItem(api.context, item.itemId, 'incremental', never)
    const before = await stamps()
    await pullItem(api.context, item.itemId, 'full', never)
    expect(await stamps()).toEqual(before)
    const clock = await one<{ n: number }>(
      api.context.pool,
      sql`select count(*)::int as n from plaid.staged`,
    )
    expect(clock.n).toBe(0)
  })
})

function readiness(m: { ready: boolean; complete: boolean }) {
  return { ready: m.ready, historyComplete: m.complete }
}
