// An emulator of its own for a test, and a client that speaks plain HTTP to it.
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Transaction, TransactionsGetResponse, TransactionsSyncResponse } from 'plaid'
import { createEmulator, type EmulatorOptions } from '../../src/emulator.ts'
import type { Truth } from '../../src/emulator.ts'
import type { View } from '../../src/world/render.ts'
import { type World, WORLDS } from '../../src/world/worlds.ts'
import { type Clock, systemClock } from '../../../../src/std/clock.ts'
import { createLogger } from '../../../../src/std/log.ts'
import { Secret } from '../../../../src/std/secrets.ts'
import { plaidOpenApi } from './plaid-openapi.ts'

export const ADMIN_TOKEN = 'admin-token-of-the-test'
const START = '2026-03-15'
/** An account id as Plaid's are, and no account's. */
export const NO_ACCOUNT = 'x'.repeat(37)
export const PLATYPUS = 'ins_109508'
export const GINGHAM = 'ins_109509'
export const TATTERSALL = 'ins_109510'
const KEYS = { 'plaid-client-id': 'client', 'plaid-secret': 'secret' }

export interface Answer<T = Record<string, unknown>> {
  status: number
  body: T
}

/** Whatever a test asks, Plaid's own document must approve of the answer. */
function judge(path: string, { status, body }: Answer<unknown>): void {
  const api = plaidOpenApi()
  if (api?.paths.includes(path) !== true) return
  const wrong = api.answer(path, status, body)
  if (wrong.length > 0) throw new Error(`${path} ${status}: ${wrong.slice(0, 10).join('; ')}`)
}

export interface LinkedItem {
  itemId: string
  accessToken: string
}

export type Bench = Awaited<ReturnType<typeof startEmulator>>

export async function startEmulator(more: Partial<EmulatorOptions> = {}) {
  const options: EmulatorOptions = {
    host: '127.0.0.1',
    port: 0,
    seed: 'test',
    world: worldOfTests(),
    startDate: START,
    adminToken: new Secret(ADMIN_TOKEN),
    logger: createLogger('emulator', 'error'),
    ...more,
  }
  let emulator = await createEmulator(options)

  async function post<T = Record<string, unknown>>(
    path: string,
    body: unknown,
    headers: Record<string, string> = KEYS,
  ): Promise<Answer<T>> {
    const response = await fetch(emulator.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const answer = { status: response.status, body: (await response.json()) as T }
    judge(path, answer)
    return answer
  }
  const command = (body: unknown) =>
    post('/emulator/commands', body, { authorization: `Bearer ${ADMIN_TOKEN}` })

  const ask = async (path: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    return (await fetch(emulator.url + path, { headers })).json()
  }

  return {
    url: () => emulator.url,
    ask,
    status: () => ask('/emulator/status'),
    post,
    command,
    advance: (duration: string) => command({ advance: duration }),
    mutate: (item: LinkedItem, rows: object) =>
      command({ mutate: { item_id: item.itemId, ...rows } }),
    link: async (
      bank = PLATYPUS,
      options: object = {},
      products = ['transactions'],
    ): Promise<LinkedItem> => {
      const { body } = await post<{ public_token: string }>('/sandbox/public_token/create', {
        institution_id: bank,
        initial_products: products,
        options: { transactions: { days_requested: 730 }, ...options },
      })
      const exchanged = await post<{ access_token: string; item_id: string }>(
        '/item/public_token/exchange',
        { public_token: body.public_token },
      )
      return { itemId: exchanged.body.item_id, accessToken: exchanged.body.access_token }
    },
    sync: (item: LinkedItem, cursor = '', count = 500, options?: object) =>
      post<TransactionsSyncResponse & { error_code?: string }>('/transactions/sync', {
        access_token: item.accessToken,
        cursor,
        count,
        ...(options ? { options } : {}),
      }),
    truth: (item: LinkedItem, view?: Partial<View>): Truth => emulator.truth(item.itemId, view),
    restart: async () => {
      await emulator.stop()
      emulator = await createEmulator(options)
    },
    [Symbol.asyncDispose]: () => emulator.stop(),
  }
}

/** The suites that ask everything run in any of them (test/long/sandbox.test.ts). */
function worldOfTests(): World {
  const name = process.env['TARTAN_TEST_WORLD'] ?? 'household'
  const world = WORLDS.find((each) => each === name)
  if (world === undefined) throw new Error(`TARTAN_TEST_WORLD: there is no world ${name}`)
  return world
}

/**
 * A clock that runs, and that a test can put forward. It begins at noon of the same day each time:
 * what a bank has at that moment must not follow from when the test is run.
 */
export function shiftedClock(): Clock & { shift(ms: number): void } {
  let offset = Date.parse(`${START}T12:00:00Z`) - systemClock.now()
  return {
    now: () => systemClock.now() + offset,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    shift: (ms) => {
      offset += ms
    },
  }
}

/** For what outlives a restart; it goes with the test. */
export function temporaryFolder() {
  return mkdtempDisposable(join(tmpdir(), 'emulator '))
}

/** A client that follows an Item the documented way, page by page. */
export class Reader {
  readonly rows = new Map<string, Transaction>()
  readonly #bench: Bench
  readonly #item: LinkedItem
  readonly #accountId: string | undefined
  #start = ''
  #cursor = ''
  #pages: TransactionsSyncResponse[] = []
  /** Ids that a history read from the beginning said were removed: there must be none. */
  removedFromNothing = 0
  mutations = 0

  constructor(bench: Bench, item: LinkedItem, accountId?: string) {
    this.#bench = bench
    this.#item = item
    this.#accountId = accountId
  }

  /** Comes from /transactions/get, and follows from now on. */
  async comeFromGet(): Promise<void> {
    this.forget()
    for (const row of await getAll(this.#bench, this.#item)) this.rows.set(row.transaction_id, row)
    this.#start = this.#cursor = (await this.#bench.sync(this.#item, 'now')).body.next_cursor
  }

  /** Reads one page; true when its loop is done. */
  async page(count: number): Promise<boolean> {
    const options = this.#accountId === undefined ? undefined : { account_id: this.#accountId }
    const { status, body } = await this.#bench.sync(this.#item, this.#cursor, count, options)
    if (body.error_code === 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION') {
      this.mutations++
      this.#cursor = this.#start
      this.#pages = []
      return false
    }
    if (status !== 200) throw new Error(JSON.stringify(body))
    this.#pages.push(body)
    this.#cursor = body.next_cursor
    if (body.has_more) return false
    for (const page of this.#pages) this.#apply(page)
    this.#pages = []
    this.#start = this.#cursor
    return true
  }

  async loop(count = 500): Promise<void> {
    while (!(await this.page(count)));
  }

  /** Forgets everything and begins again, as a client does whose store was lost. */
  forget(): void {
    this.rows.clear()
    this.#start = ''
    this.#cursor = ''
    this.#pages = []
  }

  #apply(page: TransactionsSyncResponse): void {
    for (const row of page.added) {
      if (this.rows.has(row.transaction_id)) throw new Error('added twice')
      this.rows.set(row.transaction_id, row)
    }
    for (const row of page.modified) {
      if (!this.rows.has(row.transaction_id)) throw new Error('modified before it was added')
      this.rows.set(row.transaction_id, row)
    }
    if (this.#start === '') this.removedFromNothing += page.removed.length
    for (const { transaction_id } of page.removed) {
      if (!this.rows.delete(transaction_id)) throw new Error('removed before it was added')
    }
  }
}

/** All rows by /transactions/get, page by page. */
export async function getAll(bench: Bench, item: LinkedItem): Promise<Transaction[]> {
  const rows: Transaction[] = []
  for (let total = 1; rows.length < total;) {
    const { status, body } = await bench.post<TransactionsGetResponse>('/transactions/get', {
      access_token: item.accessToken,
      start_date: '2000-01-01',
      end_date: '2099-12-31',
      options: { count: 500, offset: rows.length },
    })
    if (status !== 200) throw new Error(JSON.stringify(body))
    rows.push(...body.transactions)
    total = body.total_transactions
  }
  return rows
}

export function sorted(rows: Iterable<Transaction>): Transaction[] {
  return [...rows].sort((a, b) => (a.transaction_id < b.transaction_id ? -1 : 1))
}

/** What a request about an Item begins with. */
export function tokenOf(item: LinkedItem): { access_token: string } {
  return { access_token: item.accessToken }
}
