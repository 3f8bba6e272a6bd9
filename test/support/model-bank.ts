// A bank whose whole truth a test holds in its hands: the smallest Plaid that a pull needs, over
// real HTTP, with an exact change log per Item behind /transactions/sync. Histories are the
// test's; nothing moves by itself.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ModelLink } from './model-link.ts'

export interface BankTransaction {
  transaction_id: string
  account_id: string
  amount: number
  name: string
  pending: boolean
  /** What a test wants to be otherwise than every transaction's. */
  date?: string
  merchant_name?: string
  personal_finance_category?: { primary: string; detailed: string }
}

type Change = { kind: 'put'; transaction: BankTransaction } | { kind: 'remove'; id: string }

export interface BankAnswer {
  status: number
  /** A string is sent as it is. */
  body: object | string
  headers?: Record<string, string>
}

type Net =
  | { kind: 'added' | 'modified'; transaction: BankTransaction }
  | { kind: 'removed'; id: string }

export class BankItem {
  readonly itemId: string
  readonly token: string
  readonly accounts: string[]
  /** What an account is called, where not by its id: what is alike in another link of it. */
  readonly names = new Map<string, string>()
  /** The truth: what the bank has now. */
  readonly living = new Map<string, BankTransaction>()
  readonly log: Change[] = []
  ready = true
  historyComplete = true
  /** Whether pages list the accounts, as Plaid's do but for an investment account's. */
  listsAccounts = true
  /** Changes come each by itself, not their net effect: an id may be on several pages of a loop. */
  tellsAll = false
  /** Answered once each, before anything else, to the next sync calls. */
  readonly errors: { status: number; body: object }[] = []
  /** What it answers to a path instead of the truth; undefined: the truth after all. */
  lie: ((path: string, cursor: string) => BankAnswer | undefined) | undefined
  /**
   * Runs when a page has been made, before it is sent: a test may change the bank between pages.
   */
  onPage: (() => void) | undefined

  constructor(itemId: string, token: string, accounts: string[]) {
    this.itemId = itemId
    this.token = token
    this.accounts = accounts
  }

  put(transaction: BankTransaction): void {
    this.living.set(transaction.transaction_id, transaction)
    this.log.push({ kind: 'put', transaction })
  }

  remove(id: string): void {
    if (!this.living.delete(id)) return
    this.log.push({ kind: 'remove', id })
  }

  /**
   * Accounts and rows come under other ids (`mark` makes them); `tells`: what was there is said to
   * be removed, which Plaid does not promise.
   */
  churn(mark: string, tells: boolean): void {
    const moved = this.accounts.map((from, n) => ({ from, to: `${this.itemId}-${mark}-${n}` }))
    for (const { from, to } of moved) this.names.set(to, this.nameOf(from))
    this.accounts.splice(0, this.accounts.length, ...moved.map(({ to }) => to))
    const before = [...this.living.values()]
    for (const old of before) {
      const account = moved.find(({ from }) => from === old.account_id)
      if (tells) this.remove(old.transaction_id)
      else this.living.delete(old.transaction_id)
      const transaction_id = `${old.transaction_id}-${mark}`
      this.put({ ...old, transaction_id, account_id: account?.to ?? old.account_id })
    }
  }

  nameOf(accountId: string): string {
    return this.names.get(accountId) ?? accountId
  }

  /**
   * One page after `cursor`, as Plaid makes it: a cursor holds where in the log its loop began,
   * how much of that loop's changes was given, and how long the log was; a log that grew since is
   * a mutation.
   */
  page(cursor: string, count: number): { status: number; body: object } {
    const error = this.errors.shift()
    if (error) return error
    if (!this.ready) return { status: 200, body: this.#answer([], [], [], '', false, 'NOT_READY') }
    const at = cursor === '' ? { from: 0, given: 0, end: -1 } : parseCursor(cursor)
    const end = at.end === -1 ? this.log.length : at.end
    if (end !== this.log.length && at.given > 0) return mutation
    const changes = this.#changesSince(at.from, at.from === 0)
    const slice = changes.slice(at.given, at.given + count)
    const hasMore = at.given + count < changes.length
    const next = hasMore
      ? { from: at.from, given: at.given + count, end }
      : { from: this.log.length, given: 0, end: -1 }
    const added = slice.flatMap((c) => (c.kind === 'added' ? [full(c.transaction)] : []))
    const modified = slice.flatMap((c) => (c.kind === 'modified' ? [full(c.transaction)] : []))
    const removed = slice.flatMap((c) => (c.kind === 'removed' ? [{ transaction_id: c.id }] : []))
    const status = this.historyComplete ? 'HISTORICAL_UPDATE_COMPLETE' : 'INITIAL_UPDATE_COMPLETE'
    const body = this.#answer(added, modified, removed, formatCursor(next), hasMore, status)
    this.onPage?.()
    return { status: 200, body }
  }

  /** The net effect of the log since `from`; from the beginning nothing is ever removed. */
  #changesSince(from: number, whole: boolean): Net[] {
    const before = new Set<string>()
    for (const change of this.log.slice(0, from)) {
      if (change.kind === 'put') before.add(change.transaction.transaction_id)
      else before.delete(change.id)
    }
    if (this.tellsAll && !whole) return this.log.slice(from).map((change) => told(change, before))
    const touched = new Set(
      this.log
        .slice(from)
        .map((change) => (change.kind === 'put' ? change.transaction.transaction_id : change.id)),
    )
    return [...touched].flatMap((id): Net[] => {
      const transaction = this.living.get(id)
      if (transaction) {
        return [{ kind: before.has(id) ? 'modified' : 'added', transaction }]
      }
      return whole ? [] : [{ kind: 'removed', id }]
    })
  }

  #answer(
    added: object[],
    modified: object[],
    removed: object[],
    next_cursor: string,
    has_more: boolean,
    transactions_update_status: string,
  ): object {
    const rest = { next_cursor, has_more, transactions_update_status, request_id: 'r' }
    const accounts = this.listsAccounts
      ? this.accounts.map((id) => account(id, this.nameOf(id)))
      : []
    return { accounts, added, modified, removed, ...rest }
  }
}

function told(change: Change, before: Set<string>): Net {
  if (change.kind === 'remove') return { kind: 'removed', id: change.id }
  const { transaction } = change
  const kind = before.has(transaction.transaction_id) ? 'modified' : 'added'
  before.add(transaction.transaction_id)
  return { kind, transaction }
}

const mutation = {
  status: 400,
  body: {
    error_type: 'TRANSACTIONS_ERROR',
    error_code: 'TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION',
    error_message: 'Underlying transaction data changed since last page was fetched.',
    request_id: 'r',
  },
}

interface CursorParts {
  from: number
  given: number
  end: number
}

function formatCursor(parts: CursorParts): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64')
}

function parseCursor(cursor: string): CursorParts {
  return JSON.parse(Buffer.from(cursor, 'base64').toString()) as CursorParts
}

function full(transaction: BankTransaction): object {
  const category = { primary: 'GENERAL_MERCHANDISE', detailed: 'GENERAL_MERCHANDISE_OTHER' }
  return {
    date: '2026-01-02',
    iso_currency_code: 'USD',
    personal_finance_category: category,
    payment_channel: 'online',
    ...transaction,
  }
}

export class ModelBank implements AsyncDisposable {
  readonly items = new Map<string, BankItem>()
  readonly url: string
  /** The largest page that it gives, so that small histories have many. */
  pageMax = 500
  readonly link = new ModelLink((token) => this.#linked(token))
  /** Awaited before a call is answered: a test may make the bank slow, or fail by throwing. */
  onCall: ((path: string, body: object) => Promise<void>) | undefined
  readonly #stop: () => Promise<void>

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url
    this.#stop = stop
  }

  static async start(): Promise<ModelBank> {
    const server = createServer((request, response) => void bank.#serve(request, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const bank = new ModelBank(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })
    return bank
  }

  item(name: string): BankItem {
    const item = new BankItem(`item-${name}`, `access-emulator-${name}`, [`account-${name}`])
    this.items.set(item.token, item)
    return item
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const body = JSON.parse(text || '{}') as Record<string, unknown>
    try {
      await this.onCall?.(request.url ?? '', body)
    } catch {
      response.destroy() // as a bank that goes away in the middle of a call
      return
    }
    const { status, body: answer, headers } = this.#answer(request.url ?? '', body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  }

  #linked(token: string): string {
    const name = `linked-${this.items.size}`
    const item = new BankItem(`item-${name}`, token, [`account-${name}`])
    this.items.set(token, item)
    return item.itemId
  }

  #answer(path: string, body: Record<string, unknown>): BankAnswer {
    const linking = this.link.answer(path, body)
    if (linking) return linking
    const item = this.items.get(String(body['access_token']))
    if (!item) return { status: 400, body: { error_code: 'INVALID_ACCESS_TOKEN', request_id: 'r' } }
    const cursor = typeof body['cursor'] === 'string' ? body['cursor'] : ''
    const lie = item.lie?.(path, cursor)
    if (lie) return lie
    if (path === '/transactions/sync') {
      return item.page(cursor, Math.min(Number(body['count']), this.pageMax))
    }
    if (path === '/accounts/get') {
      return {
        status: 200,
        body: { accounts: item.accounts.map((id) => account(id, item.nameOf(id))) },
      }
    }
    if (path === '/item/remove') {
      this.items.delete(item.token)
      return { status: 200, body: { request_id: 'r' } }
    }
    return { status: 404, body: { error_code: 'NOT_FOUND', request_id: 'r' } }
  }
}

function account(id: string, name: string): object {
  const balances = { current: 100, available: 90, limit: null, iso_currency_code: 'USD' }
  return { account_id: id, balances, mask: '0000', name, type: 'depository', subtype: null }
}
