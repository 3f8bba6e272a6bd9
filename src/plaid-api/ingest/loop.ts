// The shell of the paging loop (paging.ts): it asks, stages, and does what the state machine says.
// Pages are staged as they come; nothing of the loop is published before Plaid says that there is
// no more (L1).
import { classify, isAbort } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import type { PlaidClient } from '../../plaid/client.ts'
import { tx } from '../../postgres/query.ts'
import type { Pool } from '../../postgres/pool.ts'
import type { Misfits } from '../door.ts'
import { type AccountEntry, putPagedAccounts } from '../store/account.ts'
import { noteChurn, noteSwept } from '../store/duplicate.ts'
import { checkLease, institutionOf, type LeasedItem } from '../store/item.ts'
import {
  advanceLoop,
  endLoop,
  findLoop,
  forgetStaged,
  insertLoop,
  stagedLines,
  type StagedLines,
  stageLines,
  stageUnseenAsRemoved,
  truncateStaged,
} from '../store/loop.ts'
import { addMisfits, noteProgress } from '../store/product.ts'
import { type Page, pageRows, readPage } from './page.ts'
import {
  type LoopMode,
  type LoopPurpose,
  nextStep,
  type Paging,
  type PagingEvent,
  type PagingStep,
  startPaging,
} from './paging.ts'

export interface IngestContext {
  pool: Pool
  plaid: PlaidClient
  daysRequested: number
  /** For tests: called between two steps that a crash may come between. */
  onStep?: (step: string) => Promise<void>
}

export interface ReadRequest {
  purpose: LoopPurpose
  mode: LoopMode
  /** When it has fired the reading pauses at the next page; another goes on with it. */
  until?: AbortSignal | undefined
  /** Gets what did not fit of the pages that were staged. */
  misfits?: Misfits
}

export interface Reading {
  /** Complete: a loop is staged whole. */
  end: 'complete' | 'not ready' | 'paused'
  /** Undefined where no page was read. True: the bank has not given all of its history yet. */
  waits: boolean | undefined
  /** Of the loop, with those that an earlier reading staged. */
  pages: number
}

/** Reads until there is no more. */
export async function readLoop(
  context: IngestContext,
  item: LeasedItem,
  token: Secret,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<Reading> {
  const reader = new Reader(context, item, token, request.purpose, signal)
  const left = await findLoop(context.pool, item.item_id, request.purpose)
  let { paging, step } = startPaging({ ...request, base: item.cursor }, left)
  let waits: boolean | undefined
  for (;;) {
    if (step.kind === 'end') return { end: step.reading, waits, pages: paging.pages }
    if (step.kind === 'begin') await reader.begin(paging)
    // Not before the first page: however little time there is, each reading comes further.
    if (reader.staged && request.until?.aborted) {
      return { end: 'paused', waits, pages: paging.pages }
    }
    const call = await reader.ask(paging.cursor)
    const next = nextStep(paging, call.event)
    if (call.page) waits = call.page.waits
    if (next.step.kind === 'give up') throw call.error
    if (next.step.kind === 'fail') {
      await reader.drop(request.purpose)
      throw next.step.error
    }
    if (next.step.kind === 'stage' && call.page) {
      const { complete } = next.step
      if (!complete && !request.until?.aborted) reader.askAhead(next.paging.cursor)
      await reader.stage(next.paging, call.page, next.step)
      request.misfits?.add(call.page.misfits)
      step = complete ? { kind: 'end', reading: 'complete' } : { kind: 'read' }
    } else {
      step = next.step
    }
    ;({ paging } = next)
  }
}

interface ReadPage extends Omit<Page, 'rows'> {
  lines: StagedLines
}

interface Call {
  event: PagingEvent
  page?: ReadPage
  error?: unknown
}

/** What a reading does. A page is asked for while the one before it is staged. */
class Reader {
  readonly #context: IngestContext
  readonly #item: LeasedItem
  readonly #token: Secret
  readonly #purpose: LoopPurpose
  readonly #signal: AbortSignal
  /** Of pages that are staged. */
  readonly #memory: Buffer[] = []
  #ahead: { cursor: string; call: Promise<Call> } | undefined
  #accounts = ''
  /** A page, at least. */
  staged = false

  constructor(
    context: IngestContext,
    item: LeasedItem,
    token: Secret,
    purpose: LoopPurpose,
    signal: AbortSignal,
  ) {
    this.#context = context
    this.#item = item
    this.#token = token
    this.#purpose = purpose
    this.#signal = signal
  }

  async begin(paging: Paging): Promise<void> {
    await this.drop(paging.purpose)
    await tx(this.#context.pool, async (db) => {
      await checkLease(db, this.#item)
      await insertLoop(db, this.#item.item_id, paging)
    })
  }

  drop(purpose: LoopPurpose): Promise<void> {
    return forgetLoop(this.#context.pool, this.#item, purpose)
  }

  askAhead(cursor: string): void {
    this.#ahead = { cursor, call: this.#fetch(cursor) }
    this.#ahead.call.catch(() => {}) // seen when it is asked for
  }

  ask(cursor: string): Promise<Call> {
    const ahead = this.#ahead
    this.#ahead = undefined
    return ahead?.cursor === cursor ? ahead.call : this.#fetch(cursor)
  }

  async #fetch(cursor: string): Promise<Call> {
    const { plaid, daysRequested } = this.#context
    const { item_id: id } = this.#item
    try {
      const request = { cursor, count: pageRows, daysRequested }
      const answer = await plaid.transactionsSync(this.#token, request, this.#signal)
      const { rows, ...page } = readPage(id, institutionOf(this.#item), answer)
      const lines = stagedLines(id, this.#purpose, rows, this.#memory.pop())
      return { event: { kind: 'page', ...page }, page: { ...page, lines } }
    } catch (error) {
      if (isAbort(error)) throw error
      return { event: { kind: 'refused', code: classify(error).code }, error }
    }
  }

  async stage(
    { purpose, pages, cursor, restarts }: Paging,
    page: ReadPage,
    { complete, sweep }: Extract<PagingStep, { kind: 'stage' }>,
  ): Promise<void> {
    await this.#context.onStep?.('page')
    const id = this.#item.item_id
    const accounts = this.#changed(page.accounts)
    await tx(this.#context.pool, async (db) => {
      await checkLease(db, this.#item)
      if (!this.staged) await noteProgress(db, id)
      await stageLines(db, page.lines)
      if (purpose === 'pull') {
        // With the rows that name them: so they are there when those are published, come what may.
        const fresh = await putPagedAccounts(db, id, accounts)
        if (fresh.length > 0) await noteChurn(db, id, fresh)
        await addMisfits(db, id, page.misfits.list())
        if (sweep) {
          await stageUnseenAsRemoved(db, id)
          await noteSwept(db, id)
        }
      }
      const end = { complete, historyComplete: page.historyComplete }
      await advanceLoop(db, id, purpose, { cursor, pages, restarts, ...end })
    })
    this.#memory.push(page.lines.memory)
    this.staged = true
  }

  /** Every page lists the same accounts: written once, unless one of them changes. */
  #changed(accounts: AccountEntry[]): AccountEntry[] {
    const text = JSON.stringify(accounts)
    if (text === this.#accounts) return []
    this.#accounts = text
    return accounts
  }
}

/** A smaller staging is deleted sooner than a new file is made. */
const truncateBytesMin = 64 * 1024 * 1024
/** A transaction on the Item's row, which the renewal of its lease waits for (L9). */
const forgetRowsMax = 50_000

/** The loop first: without it nobody reads what it staged, which goes at once or bit by bit. */
export async function forgetLoop(
  pool: Pool,
  item: LeasedItem,
  purpose: LoopPurpose,
): Promise<void> {
  const isEmpty = await tx(pool, async (db) => {
    await checkLease(db, item)
    await endLoop(db, item.item_id, purpose)
    return truncateStaged(db, truncateBytesMin)
  })
  if (isEmpty) return
  for (let gone = forgetRowsMax; gone === forgetRowsMax;) {
    gone = await tx(pool, async (db) => {
      await checkLease(db, item)
      return forgetStaged(db, item.item_id, purpose, forgetRowsMax)
    })
  }
}
