// A paging loop's durable middle: what was read waits here until Plaid says that there is no more
// (L1).
import { copyIn, copyNull, copyText } from '../../postgres/copy.ts'
import type { Client } from '../../postgres/pool.ts'
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'
import type { LoopMode, LoopPurpose, Paging } from '../ingest/paging.ts'
import type { StagedRow } from '../row.ts'

export interface Loop {
  mode: LoopMode
  base_cursor: string
  next_cursor: string
  pages: number
  restarts: number
  history_complete: boolean
  complete: boolean
}

export function findLoop(db: Db, itemId: string, purpose: LoopPurpose): Promise<Loop | undefined> {
  return maybeOne(
    db,
    sql`select mode, base_cursor, next_cursor, pages, restarts, history_complete, complete
        from plaid.loop where item_id = ${itemId} and purpose = ${purpose}`,
  )
}

type NewLoop = Pick<Paging, 'purpose' | 'mode' | 'base' | 'cursor' | 'restarts'>

export async function insertLoop(db: Db, itemId: string, loop: NewLoop): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.loop (item_id, purpose, mode, base_cursor, next_cursor, restarts)
        values (${itemId}, ${loop.purpose}, ${loop.mode}, ${loop.base}, ${loop.cursor},
                ${loop.restarts})`,
  )
}

/** Leaves what it staged, which nobody reads without a loop; `forgetStaged` takes it away. */
export async function endLoop(db: Db, itemId: string, purpose: LoopPurpose): Promise<void> {
  await exec(db, sql`delete from plaid.loop where item_id = ${itemId} and purpose = ${purpose}`)
}

/** Deletes up to `limit` rows; fewer: nothing is left. */
export function forgetStaged(
  db: Db,
  itemId: string,
  purpose: LoopPurpose,
  limit: number,
): Promise<number> {
  return exec(
    db,
    sql`delete from plaid.staged where ctid = any (array(
          select ctid from plaid.staged
          where item_id = ${itemId} and purpose = ${purpose} limit ${limit}))`,
  )
}

/** True where nothing is left of anybody's staging, which was as large and no loop's any more. */
export async function truncateStaged(db: Db, bytesMin: number): Promise<boolean> {
  const row = await one<{ done: boolean }>(
    db,
    sql`select plaid.truncate_staged(${bytesMin}) as done`,
  )
  return row.done
}

/** Items with a reading to verify by that nobody has gone on with for `days`. */
export async function abandonedReadings(db: Db, days: number, limit: number): Promise<string[]> {
  const rows = await many<{ item_id: string }>(
    db,
    sql`select item_id from plaid.loop
        where purpose = 'verify' and touched_at < now() - ${days} * interval '1 day'
        limit ${limit}`,
  )
  return rows.map((row) => row.item_id)
}

/** A page as COPY reads it, in memory that the page after the next one takes. */
export interface StagedLines {
  memory: Buffer
  length: number
}

const memoryBytes = 64 * 1024
/** At most, of a character of JavaScript's. */
const bytesPerChar = 3

/**
 * Made as soon as a page is there, so that nothing of it but these bytes is kept while the page
 * before it is staged: objects that wait so long outlive Node's nursery, and its heap grew by as
 * much as all of them (L9).
 */
export function stagedLines(
  itemId: string,
  purpose: LoopPurpose,
  rows: readonly StagedRow[],
  memory: Buffer = Buffer.allocUnsafeSlow(memoryBytes),
): StagedLines {
  const lines = { memory, length: 0 }
  const own = `${copyText(itemId)}\t${purpose}\t`
  for (const row of rows) {
    const line = own + copyLine(row)
    const bytesMax = lines.length + line.length * bytesPerChar
    if (bytesMax > lines.memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(bytesMax, 2 * lines.memory.length))
      lines.memory.copy(larger, 0, 0, lines.length)
      lines.memory = larger
    }
    lines.length += lines.memory.write(line, lines.length)
  }
  return lines
}

function copyLine(row: StagedRow): string {
  const { body } = row
  return (
    `${copyText(row.transactionId)}\t${copyText(row.accountId)}\t${row.removed}\t` +
    `${cell(row.date)}\t${cell(row.amount)}\t${row.pending ?? copyNull}\t${cell(row.category)}\t` +
    // JSON has no character but this one that COPY would want escaped.
    `${cell(row.name)}\t${cell(row.merchant)}\t${body.includes('\\') ? copyText(body) : body}\n`
  )
}

function cell(text: string | null): string {
  return text === null ? copyNull : copyText(text)
}

export async function stageLines(db: Client, { memory, length }: StagedLines): Promise<void> {
  if (length === 0) return
  await copyIn(
    db,
    `copy plaid.staged (item_id, purpose, transaction_id, account_id, removed, date, amount,
                        pending, category, name, merchant, body) from stdin`,
    [memory.subarray(0, length)],
  )
}

export async function advanceLoop(
  db: Db,
  itemId: string,
  purpose: LoopPurpose,
  to: {
    cursor: string
    pages: number
    restarts: number
    complete: boolean
    historyComplete: boolean
  },
): Promise<void> {
  await exec(
    db,
    sql`update plaid.loop
        set next_cursor = ${to.cursor}, pages = ${to.pages}, restarts = ${to.restarts},
            complete = ${to.complete}, history_complete = ${to.historyComplete},
            touched_at = now()
        where item_id = ${itemId} and purpose = ${purpose}`,
  )
}

/** A whole history was read: what is living here and was not in it is gone at the bank. */
export function stageUnseenAsRemoved(db: Db, itemId: string): Promise<number> {
  return exec(
    db,
    sql`insert into plaid.staged (item_id, purpose, transaction_id, account_id, removed, body)
        select t.item_id, 'pull', t.transaction_id, t.account_id, true,
               plaid.tombstone(t.transaction_id, t.account_id, t.item_id)
        from plaid.transaction t
        where t.item_id = ${itemId} and t.deleted_at is null
          and not exists (select 1 from plaid.staged s
                          where s.item_id = t.item_id and s.purpose = 'pull'
                            and s.transaction_id = t.transaction_id)`,
  )
}
