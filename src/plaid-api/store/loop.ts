// A paging loop's durable middle: what was read waits here until Plaid says that there is no more
// (L1).
import { copyIn, copyNull, copyText } from '../../postgres/copy.ts'
import type { Client } from '../../postgres/pool.ts'
import { type Db, exec, many, maybeOne, sql } from '../../postgres/query.ts'
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

/** Larger texts are large objects to Node (store/feed.ts). */
const pieceChars = 64 * 1024

export async function stageRows(
  db: Client,
  itemId: string,
  purpose: LoopPurpose,
  rows: StagedRow[],
): Promise<void> {
  if (rows.length === 0) return
  const pieces: Buffer[] = []
  let text = ''
  for (const row of rows) {
    text += copyLine(itemId, purpose, row)
    if (text.length < pieceChars) continue
    pieces.push(Buffer.from(text))
    text = ''
  }
  pieces.push(Buffer.from(text))
  await copyIn(
    db,
    `copy plaid.staged (item_id, purpose, transaction_id, account_id, removed, date, amount,
                        pending, category, name, body) from stdin`,
    pieces,
  )
}

function copyLine(itemId: string, purpose: LoopPurpose, row: StagedRow): string {
  const { transactionId, accountId, removed, date, amount, pending, category, name, body } = row
  const own = [itemId, purpose, transactionId, accountId, removed]
  const cells = [...own, date, amount, pending, category, name]
  const front = cells.map((cell) => (cell === null ? copyNull : copyText(String(cell))))
  // JSON has no character but this one that COPY would want escaped.
  return `${front.join('\t')}\t${body.includes('\\') ? copyText(body) : body}\n`
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
