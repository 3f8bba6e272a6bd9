// L2 under load: many Items are pulled at once with commits that are slow after the stamps were
// given. A reader with small pages, who is always behind, and one with large pages, who is always
// at the head, both miss nothing.
import { expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { exec, many, sql } from '../../src/postgres/query.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { systemClock } from '../../src/std/clock.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal
const itemsMax = 10
const rounds = 12
/** A pull of the two processes is of the one or of the other. */
const processes = [0, 1]

interface Row {
  transaction_id: string
  updated_at: string
  amount?: number
  _ab_cdc_deleted_at: string | null
}

/** Each commit of a publishing transaction takes up to 50 ms, when its stamps are given. */
async function slowCommits(pool: Pool): Promise<void> {
  await exec(
    pool,
    sql`create function slow() returns trigger language plpgsql as $$
        begin perform pg_sleep(random() * 0.05); return null; end $$`,
  )
  await exec(
    pool,
    sql`create constraint trigger slow after update of cursor on plaid.item
        deferrable initially deferred for each row execute function slow()`,
  )
}

/** The bank's moves of one round: new ones, a changed one, one that goes. */
function move(item: BankItem, round: number): void {
  const account_id = item.accounts[0] ?? ''
  for (let n = 0; n < 6; n++) {
    const transaction_id = `${item.itemId}-${round}-${n}`
    item.put({ transaction_id, account_id, amount: n, name: 'n', pending: false })
  }
  const [oldest, next] = item.living.values()
  if (oldest) item.remove(oldest.transaction_id)
  if (next) item.put({ ...next, amount: next.amount + round + 10 })
}

class Reader {
  readonly rows: Row[] = []
  readonly #caller: Caller
  readonly #pageRows: number
  #cursor = ''

  constructor(caller: Caller, pageRows: number) {
    this.#caller = caller
    this.#pageRows = pageRows
  }

  /** Reads to the end of now, page by page; the number of rows. */
  async catchUp(): Promise<number> {
    const before = this.rows.length
    for (let more = true; more;) {
      const path = `/transactions/incremental?limit=${this.#pageRows}${this.#cursor}`
      const answer = await this.#caller.call(path, { headers: { accept: 'application/x-ndjson' } })
      expect(answer.status, answer.text).toBe(200)
      const lines = answer.text.split('\n').filter((line) => line !== '')
      this.rows.push(...lines.map((line) => JSON.parse(line) as Row))
      this.#cursor = `&cursor=${String(answer.headers['x-next-cursor'])}`
      more = answer.headers['x-has-more'] === 'true'
    }
    return this.rows.length - before
  }
}

test('a reader sees every row, in one order, while many Items are written', async () => {
  await using db = await testDatabase()
  await using bank = await ModelBank.start()
  bank.pageMax = 4
  await using first = await testPlaidApi(db, bank)
  await using second = await testPlaidApi(db, bank)
  const apis = [first, second]
  const caller = await serve(first)
  const readers = [new Reader(caller, 3), new Reader(caller, 1_000)]
  await slowCommits(first.context.pool)
  const items = Array.from({ length: itemsMax }, (_, i) => bank.item(`i${i}`))
  for (const item of items) await link(first, item)
  const written = new AbortController()
  const write = async (item: BankItem): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      move(item, round)
      // Both processes want the same Item: the lease gives it to one of them.
      const pulls = processes.map((at) => {
        const { context } = apis[at] ?? first
        return pullItem(context, item.itemId, round % 5 === 4 ? 'full' : 'incremental', never)
      })
      await Promise.all(pulls)
    }
    await pullItem(first.context, item.itemId, 'incremental', never)
  }
  const follow = async (reader: Reader): Promise<void> => {
    while (!written.signal.aborted) {
      if ((await reader.catchUp()) === 0) await systemClock.sleep(2)
    }
    await reader.catchUp()
  }
  const writing = Promise.all(items.map(write)).finally(() => written.abort())
  await Promise.all([writing, ...readers.map(follow)])
  for (const { rows } of readers) await expectWhole(first.context.pool, items, rows)
}, 300_000) // its commits are slow, one after the other, and every pull's own row waits for them

async function expectWhole(pool: Pool, items: BankItem[], rows: Row[]): Promise<void> {
  const stamps = rows.map((row) => row.updated_at)
  const wrong = stamps.findIndex((stamp, i) => i > 0 && stamp <= (stamps[i - 1] ?? ''))
  expect(wrong).toBe(-1)

  const seen = new Set(rows.map((row) => `${row.transaction_id} ${row.updated_at}`))
  const stored = await many<{ row: string }>(
    pool,
    sql`select transaction_id || ' ' || plaid.stamp(updated_at) as row from plaid.transaction`,
  )
  // One of each Item came and went before the first pull.
  expect(stored.length).toBe(itemsMax * (rounds * 6 - 1))
  expect(stored.filter(({ row }) => !seen.has(row))).toEqual([])

  const told = new Map(rows.map((row) => [row.transaction_id, row]))
  const living = [...told.values()].filter((row) => row._ab_cdc_deleted_at === null)
  const truth = items.flatMap((item) => [...item.living.values()])
  expect(new Map(living.map((row) => [row.transaction_id, row.amount]))).toEqual(
    new Map(truth.map((row) => [row.transaction_id, row.amount])),
  )
}
