// A page of /transactions/sync, as Plaid answered it, made ready to be staged. An answer that is
// none fails this Item's transactions and nothing else (L7).
import { createHash } from 'node:crypto'
import { TransientError } from '../../std/errors.ts'
import { Records } from '../../plaid/sync-page.ts'
import { isRecord, Misfits } from '../door.ts'
import {
  accountRow,
  type Institution,
  type StagedRow,
  stagedRemoval,
  stagedTransaction,
} from '../row.ts'
import type { AccountEntry } from '../store/account.ts'

export interface Page {
  /** The last word on each id. */
  rows: StagedRow[]
  /** Those of the Item that have transactions. */
  accounts: AccountEntry[]
  misfits: Misfits
  /** Records that came, taken or not. */
  records: number
  /** A digest of the ids in them. */
  ids: string
  /** Empty: Plaid has nothing yet. */
  nextCursor: string
  hasMore: boolean
  historyComplete: boolean
  /** The bank has not given all of its history, and will. */
  waits: boolean
}

/** Plaid's own advice against mutation errors: the largest page. */
export const pageRows = 500
/** Plaid's have 256 at most. */
const cursorCharsMax = 4_096
const HISTORY_COMPLETE = 'HISTORICAL_UPDATE_COMPLETE'
const WAITING = new Set<unknown>(['NOT_READY', 'INITIAL_UPDATE_COMPLETE'])

export function readPage(itemId: string, institution: Institution, answer: unknown): Page {
  if (!isRecord(answer)) throw invalid('it is no object')
  const listOf = (name: string): List => {
    const list = answer[name]
    if (Array.isArray(list) || list instanceof Records) return list
    throw invalid(`“${name}” is no list`)
  }
  const [added, modified, removed] = [listOf('added'), listOf('modified'), listOf('removed')]
  const { next_cursor: cursor, has_more: hasMore, transactions_update_status: status } = answer
  const nextCursor = cursor ?? ''
  if (typeof nextCursor !== 'string' || nextCursor.length > cursorCharsMax) {
    throw invalid('“next_cursor” is no cursor')
  }
  if (nextCursor.includes('\0') || !nextCursor.isWellFormed()) {
    throw invalid('“next_cursor” is no cursor')
  }
  if (typeof hasMore !== 'boolean') throw invalid('“has_more” is neither true nor false')
  const misfits = new Misfits()
  const rows = lastWords(itemId, [added, modified], removed, misfits)
  return {
    rows,
    accounts: listedAccounts(itemId, institution, answer['accounts'], new Misfits()),
    misfits,
    records: added.length + modified.length + removed.length,
    ids: digestOf(rows),
    nextCursor,
    hasMore,
    historyComplete: status === HISTORY_COMPLETE,
    waits: nextCursor === '' || WAITING.has(status),
  }
}

type List = unknown[] | Records

function digestOf(rows: StagedRow[]): string {
  const ids = JSON.stringify(rows.map((row) => row.transactionId))
  return createHash('sha1').update(ids).digest('base64url')
}

/**
 * Added, then modified, then removed, as Plaid's own samples apply them: the last word on an id
 * wins.
 */
function lastWords(itemId: string, changes: List[], removals: List, misfits: Misfits): StagedRow[] {
  const rows = new Map<string, StagedRow>()
  const put = (row: StagedRow | undefined) => {
    if (row) rows.set(row.transactionId, row)
  }
  for (const list of changes) {
    for (const change of list) put(stagedTransaction(itemId, change, misfits))
  }
  for (const removal of removals) put(stagedRemoval(itemId, removal, misfits))
  return [...rows.values()]
}

/** Each id once. */
export function listedAccounts(
  itemId: string,
  institution: Institution,
  list: unknown,
  misfits: Misfits,
): AccountEntry[] {
  const accounts = new Map<string, AccountEntry>()
  for (const given of Array.isArray(list) ? (list as unknown[]) : []) {
    const account = accountRow(itemId, institution, given, misfits)
    if (!account) continue
    if (accounts.has(account.accountId)) misfits.tell('accounts', 'account_id', 'listed_twice')
    accounts.set(account.accountId, account)
  }
  return [...accounts.values()]
}

function invalid(what: string): TransientError {
  const sentence = `Plaid /transactions/sync answered with something that is no page: ${what}`
  return new TransientError('PLAID_ANSWER_INVALID', sentence)
}
