// Many readers of one Item at once, of all rows, of one account, from the beginning or from now:
// whatever happens, each ends up with what /transactions/get gives and what the bank has, and the
// balances are the sums of the rows.
import fc from 'fast-check'
import type { AccountBase } from 'plaid'
import { describe, expect, test } from 'vitest'
import type { Truth } from '../src/emulator.ts'
import {
  type Bench,
  getAll,
  GINGHAM,
  type LinkedItem,
  PLATYPUS,
  Reader,
  sorted,
  startEmulator,
  TATTERSALL,
  temporaryFolder,
} from './support/emulator.ts'

const whose = fc.nat(3)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ reader: whose, page: fc.integer({ min: 1, max: 500 }) }) },
  { weight: 2, arbitrary: fc.record({ hours: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 2, arbitrary: fc.record({ add: fc.nat(9), modify: fc.nat(9), remove: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ churn: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ hide: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ forget: whose }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('refresh', 'restart', 'select all', 'open', 'post', 'now'),
  },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** One Item, whoever reads it, and what its accounts held before the first row. */
class Play {
  readonly bench: Bench
  readonly item: LinkedItem
  readonly openings = new Map<string, number>()
  readonly readers: Reader[]
  opened = 0

  constructor(bench: Bench, item: LinkedItem) {
    this.bench = bench
    this.item = item
    this.readers = [new Reader(bench, item), new Reader(bench, item)]
    this.readers.push(this.ofAccount(0), new Reader(bench, item))
    for (const [mask, cents] of openingsOf(bench.truth(item))) this.openings.set(mask, cents)
  }

  account(which: number): AccountBase {
    const { accounts, transactions } = this.bench.truth(this.item)
    const own = accounts.filter(({ account_id }) =>
      transactions.some((row) => row.account_id === account_id),
    )
    return own[which % Math.max(1, own.length)] ?? accounts[0]!
  }

  ofAccount(which: number): AccountReader {
    return new AccountReader(this.bench, this.item, this.account(which).account_id)
  }

  /** Large Items refuse what would touch all of their rows. */
  async run(name: string, fields: object = {}): Promise<void> {
    const answer = await this.bench.command({ [name]: { item_id: this.item.itemId, ...fields } })
    expect([200, 404, 409], JSON.stringify(answer.body)).toContain(answer.status)
  }

  async take(step: Step): Promise<void> {
    const { bench, item } = this
    if (step === 'refresh') {
      await bench.post('/transactions/refresh', { access_token: item.accessToken })
    } else if (step === 'restart') await bench.restart()
    else if (step === 'now') await this.readers[3]?.comeFromGet()
    else if (step === 'select all') await this.run('select_accounts')
    else if (step === 'post') await this.run('post')
    else if (step === 'open') await this.open()
    else if (typeof step === 'string') throw new Error(step)
    else if ('page' in step) await this.page(step.reader, step.page)
    else if ('hours' in step) await bench.advance(`${step.hours}h`)
    else if ('churn' in step) await this.run('churn', { accounts: [this.account(step.churn).mask] })
    else if ('hide' in step) await this.hide(step.hide)
    else if ('forget' in step) this.readers[step.forget]?.forget()
    else await bench.mutate(item, step)
  }

  async page(which: number, count: number): Promise<void> {
    const reader = this.readers[which]!
    try {
      await reader.page(count)
    } catch (error) {
      // the account of this reader is not shown any more
      if (!(reader instanceof AccountReader) || !String(error).includes('INVALID_ACCOUNT_ID')) {
        throw error
      }
      expect(this.bench.truth(this.item).accounts.some(hasId(reader.account))).toBe(false)
      this.readers[which] = this.ofAccount(which)
    }
  }

  /** Shows all accounts but one; at least one stays. */
  async hide(which: number): Promise<void> {
    const { accounts } = this.bench.truth(this.item)
    const hidden = accounts[which % accounts.length]
    const rest = accounts.filter((account) => account !== hidden)
    if (rest.length > 0)
      await this.run('select_accounts', { accounts: rest.map(({ mask }) => mask) })
  }

  async open(): Promise<void> {
    const mask = `9${this.opened++}`
    await this.run('new_account', { name: `New ${mask}`, mask, balance: 12.5 })
    this.openings.set(mask, 0)
    await this.run('select_accounts')
  }

  async settle(): Promise<void> {
    const { bench, item } = this
    for (const [which, reader] of this.readers.entries()) {
      // an account's reader whose account has gone begins with another one
      for (let tries = 0; tries < 2; tries++) await this.page(which, 500)
      await this.readers[which]!.loop(reader === this.readers[which] ? 77 : 500)
    }
    const truth = bench.truth(item)
    const all = sorted(truth.transactions)
    expect(sorted(await getAll(bench, item))).toEqual(all)
    for (const reader of this.readers) {
      const own =
        reader instanceof AccountReader
          ? all.filter((row) => row.account_id === reader.account)
          : all
      expect(sorted(reader.rows.values())).toEqual(own)
      expect(reader.removedFromNothing).toBe(0)
    }
    for (const [mask, cents] of openingsOf(truth))
      expect([mask, cents]).toEqual([mask, this.openings.get(mask)])
  }
}

class AccountReader extends Reader {
  readonly account: string

  constructor(bench: Bench, item: LinkedItem, account: string) {
    super(bench, item, account)
    this.account = account
  }
}

const hasId = (id: string) => (account: AccountBase) => account.account_id === id

/** What was on each account that has rows, before the first of them; in cents, by its mask. */
function openingsOf({ accounts, transactions }: Truth): [string, number][] {
  const cents = (value: number | null): number => Math.round((value ?? 0) * 100)
  return accounts.flatMap(({ account_id, mask, type, subtype, balances }) => {
    const kind: string = type
    if (kind === 'investment' || (kind === 'loan' && String(subtype) !== 'student')) return []
    const owed = kind === 'credit' || kind === 'loan' ? 1 : -1
    const sum = transactions
      .filter((row) => row.account_id === account_id && !row.pending)
      .reduce((total, row) => total + cents(row.amount), 0)
    return [[String(mask), cents(balances.current) - owed * sum]]
  })
}

describe('L1 readers of one Item', () => {
  test('all have the bank’s rows, whatever happens', { timeout: 180_000 }, async () => {
    await using folder = await temporaryFolder()
    const { path: dataFolder } = folder
    await using bench = await startEmulator({ dataFolder })
    const seen = { mutations: 0, hidden: 0, ofAccounts: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(PLATYPUS, GINGHAM, TATTERSALL),
        fc.constantFrom('user_good', 'user_good', 'user_transactions_dynamic', 'user_scale_700'),
        fc.array(step, { minLength: 1, maxLength: 30 }),
        async (bank, user, steps) => {
          const item = await bench.link(bank, { override_username: user })
          const play = new Play(bench, item)
          for (const step of steps) await play.take(step)
          seen.hidden += bench.truth(item).accounts.length < play.openings.size ? 1 : 0
          await play.settle()
          for (const reader of play.readers) {
            seen.mutations += reader.mutations
            seen.ofAccounts += reader instanceof AccountReader ? reader.rows.size : 0
          }
          await bench.post('/item/remove', { access_token: item.accessToken })
        },
      ),
      { numRuns: 30 },
    )
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(0)
  })

  test('are told step by step: nothing, the last month, the whole history', async () => {
    await using bench = await startEmulator({ readiness: 'plaid' })
    const item = await bench.link()
    const none = (await bench.sync(item)).body
    expect(none).toMatchObject({
      added: [],
      modified: [],
      removed: [],
      next_cursor: '',
      has_more: false,
      transactions_update_status: 'NOT_READY',
    })
    await bench.advance('15s')
    const reader = new Reader(bench, item)
    await reader.loop(40)
    expect((await bench.sync(item)).body.transactions_update_status).toBe('INITIAL_UPDATE_COMPLETE')
    const first = [...reader.rows.values()]
    expect(first.length).toBeGreaterThan(10)
    expect(first.every(({ authorized_date }) => (authorized_date ?? '') >= '2026-02-13')).toBe(true)
    expect(sorted(first)).toEqual(sorted(bench.truth(item).transactions))
    const page = await bench.sync(item, '', 10)
    await bench.advance('2m')
    const late = await bench.sync(item, page.body.next_cursor, 10)
    expect(late.body.error_code).toBe('TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION')
    await reader.loop()
    const whole = bench.truth(item).transactions
    expect(sorted(reader.rows.values())).toEqual(sorted(whole))
    expect(whole.length).toBeGreaterThan(first.length * 5)
  })

  test('begin the history once: later days_requested change nothing', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(PLATYPUS, {}, ['auth'])
    const oldest = (rows: { authorized_date: string | null }[]) =>
      rows.map((row) => row.authorized_date ?? '').toSorted()[0] ?? ''
    const first = await bench.sync(item, '', 500, { days_requested: 20 })
    expect(oldest(first.body.added) >= '2026-02-23').toBe(true)
    const again = await bench.sync(item, '', 500, { days_requested: 700 })
    expect(again.body.added).toEqual(first.body.added)
  })

  test('of one account with few rows get short pages, not slow ones', async () => {
    await using bench = await startEmulator()
    const item = await bench.link(PLATYPUS, { override_username: 'user_scale_60000' })
    const [account] = bench.truth(item).accounts
    await bench.mutate(item, { add: 0, modify: 0, remove: 58_800 })
    const reader = new AccountReader(bench, item, account!.account_id)
    await reader.loop()
    const own = bench
      .truth(item)
      .transactions.filter(({ account_id }) => account_id === reader.account)
    expect(sorted(reader.rows.values())).toEqual(sorted(own))
  })
})
