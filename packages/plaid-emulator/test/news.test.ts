// An Item is told the same whether somebody holds its ledger or only the rows that move are looked
// at, which is what makes many Items with webhooks cheap.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CustomUsers } from '../src/bank/custom-users.ts'
import { Ledgers } from '../src/bank/ledgers.ts'
import { Lives } from '../src/bank/lives.ts'
import { lastLookAt } from '../src/bank/looks.ts'
import { newRecord } from '../src/bank/new-item.ts'
import { newState, openState } from '../src/bank/state.ts'
import { userOf } from '../src/bank/users.ts'
import type { Deed } from '../src/item/ledger.ts'
import { createMarket } from '../src/world/market.ts'
import { LIVES, type Life } from '../src/world/worlds.ts'
import { GINGHAM, PLATYPUS, TATTERSALL } from './support/emulator.ts'

const HOUR_MS = 3_600_000
const BEGIN = Date.UTC(2026, 2, 15, 12)

/** Two keepers of ledgers that see one Item at one clock. */
async function pair(world: Life, institutionId: string, days: number) {
  const seed = 'news'
  const state = newState({ seed, world, clock: { standsAtMs: BEGIN } })
  const store = await openState(undefined, state)
  let now = BEGIN
  const options = {
    seed,
    clock: {
      now: () => now,
      reach: () => {},
      check: () => {},
      saved: () => state.clock,
      stands: true,
      set: () => {},
    },
    readiness: 'plaid' as const,
    lives: new Lives(store, new CustomUsers(store)),
    market: createMarket(seed),
    userOf: ({ username }: { username: string }) => {
      const user = userOf(username, world)
      if (user === undefined) throw new Error('a test user')
      return user
    },
    scaleAccountsOf: () => undefined,
  }
  const item = newRecord(
    {
      institutionId,
      username: 'user_good',
      password: 'pass_good',
      products: ['transactions'],
      wishedProducts: [],
      consented: null,
      clientUserId: null,
      userId: null,
      webhook: 'http://localhost/',
      days,
      publicToken: 'public-sandbox-00000000-0000-4000-8000-000000000000',
    },
    { itemId: 'item', custom: null, now },
  )
  item.since = now
  const [holder, passer] = [new Ledgers(options), new Ledgers(options)]
  return {
    item,
    foreseen: () => lastLookAt(item, seed, 'plaid') !== undefined,
    accounts: () => holder.of(item).offers().length,
    wait: (ms: number) => {
      now += ms
    },
    act: (deed: Deed) => {
      if (holder.of(item).act(now, deed)) item.actions.push({ at: now, ...deed })
    },
    tell: () => {
      const news = [holder.of(item).takeNews(), passer.takeNews(item)]
      passer.forget(item.itemId)
      item.toldAt = now
      // what happens in the very moment of a telling is told by whoever holds the ledger
      now++
      return news
    },
  }
}

const step = fc.oneof(
  fc.record({ wait: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ select: fc.array(fc.nat(20), { maxLength: 4 }) }),
  fc.constant({ deed: { kind: 'refresh' } as const }),
  fc.record({ churn: fc.nat(20) }),
)

describe('the news of an Item', () => {
  test('are those of its whole ledger, though only what moves is looked at', async () => {
    let [foreseen, removed] = [0, 0]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...LIVES),
        fc.constantFrom(PLATYPUS, GINGHAM, TATTERSALL),
        fc.constantFrom(1, 30, 400),
        fc.array(step, { minLength: 5, maxLength: 25 }),
        async (world, institutionId, days, steps) => {
          const both = await pair(world, institutionId, days)
          for (const each of steps) {
            const places = both.accounts()
            if ('wait' in each) both.wait(each.wait * HOUR_MS)
            else if ('select' in each) {
              both.act({ kind: 'select', places: each.select.filter((place) => place < places) })
            } else if ('churn' in each) both.act({ kind: 'churn', places: [each.churn % places] })
            else both.act(each.deed)
            if (both.foreseen()) foreseen++
            const [whole, passing] = both.tell()
            expect(passing).toEqual(whole)
            removed += (whole ?? []).reduce((sum, news) => sum + news.removed.length, 0)
          }
        },
      ),
      { numRuns: 60 },
    )
    // the way that is tested was gone, and something happened on it
    expect([foreseen > 100, removed > 100]).toEqual([true, true])
  })
})
