// One page of /transactions/sync over an Item's log: where to read, what to refuse, what is next.
import type { AccountBase, RemovedTransaction, Transaction } from 'plaid'
import { PlaidFault } from '../fault.ts'
import type { View } from '../world/render.ts'
import type { RowNumber } from './change-log.ts'
import { BEGINNING, decodeCursor, encodeCursor, type Position } from './cursor.ts'
import { type Ledger, type Readiness, readRow } from './ledger.ts'

export interface SyncRequest {
  itemId: string
  cursor: string
  count: number
  /** A stream of one account alone, with cursors of its own. */
  accountId: string | undefined
}

/** As Plaid's answer, but with rows by number. */
export interface SyncAnswer {
  accounts: AccountBase[]
  added: RowNumber[]
  modified: RowNumber[]
  removed: RemovedTransaction[]
  next_cursor: string
  has_more: boolean
  transactions_update_status: Readiness
}

/** The cursor that begins at the end, for clients that come from /transactions/get. */
const NOW = 'now'

export function syncPage(ledger: Ledger, request: SyncRequest): SyncAnswer {
  const { accountId } = request
  let accounts = ledger.accounts({ transactions: true })
  if (accountId !== undefined) {
    const isIt = ({ account_id }: AccountBase): boolean => account_id === accountId
    // an account without transactions has a stream of nothing
    if (!ledger.accounts().some(isIt)) throw new PlaidFault('INVALID_ACCOUNT_ID')
    accounts = accounts.filter(isIt)
  }
  const answer: SyncAnswer = {
    accounts,
    added: [],
    modified: [],
    removed: [],
    next_cursor: '',
    has_more: false,
    transactions_update_status: ledger.readiness,
  }
  if (ledger.readiness === 'NOT_READY') return { ...answer, accounts: [] }

  const owner = accountId === undefined ? request.itemId : `${request.itemId}/${accountId}`
  const head = ledger.log.head
  const from = positionOf(owner, request.cursor, head)
  const page = ledger.log.read(from.start, from.after, request.count, (row) =>
    accountId === undefined ? true : ledger.accountOf(row) === accountId,
  )
  for (const { kind, row } of page.changes) {
    if (kind === 'removed') answer.removed.push(removal(ledger, row))
    else answer[kind].push(row)
  }
  answer.has_more = page.hasMore
  answer.next_cursor = encodeCursor(
    owner,
    page.hasMore
      ? { start: from.start, after: page.position, head }
      : { start: head, after: head, head: null },
  )
  return answer
}

function positionOf(owner: string, cursor: string, head: number): Position {
  if (cursor === '') return BEGINNING
  if (cursor === NOW) return { start: head, after: head, head: null }
  const position = decodeCursor(owner, cursor)
  if (position.head !== null && position.head !== head) {
    throw new PlaidFault('TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION')
  }
  if (position.after > head) {
    throw new PlaidFault('INVALID_FIELD', 'cursor not associated with access_token')
  }
  return position
}

function removal(ledger: Ledger, row: number): RemovedTransaction {
  return { account_id: ledger.accountOf(row), transaction_id: ledger.transactionId(row) }
}

/** What the Item's rows are now, each as it would be read: the truth that readers are held to. */
export function truthOf(ledger: Ledger, view: View): Transaction[] {
  const rows: Transaction[] = []
  for (let row = 0; row < ledger.rowCount; row++) {
    if (!ledger.log.isThere(row)) continue
    rows.push(readRow(ledger, row, view))
  }
  return rows
}
