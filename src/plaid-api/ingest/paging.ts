// The paging of /transactions/sync as a pure state machine (L1): where a reading is and what came
// of its last call, in; where it is then and what to do, out. Data that changed between two pages
// begin the loop again, since asking for the failed page alone makes the error recur; where even
// that keeps failing, or where Plaid refuses the cursor, the whole history is read instead, and
// what was not seen in it is gone. Paging that does not end by itself is ended (L9).
import { TransientError } from '../../std/errors.ts'
import { MUTATION, refusesCursor } from '../../plaid/errors.ts'

export type LoopMode = 'incremental' | 'full'
export type LoopPurpose = 'pull' | 'verify'

/** A reading, as far as what happens next depends on it. */
export interface Paging {
  purpose: LoopPurpose
  mode: LoopMode
  /** The Item's own cursor, with which an incremental loop begins. */
  base: string
  /** Plaid does not take `base` any more. */
  baseRefused: boolean
  /** With which the next page is asked for. */
  cursor: string
  /** Pages of this loop. */
  pages: number
  /** The last of them that brought nothing. */
  emptyPages: number
  /** Those that brought what the marked one, or the one before, had brought. */
  repeatedPages: number
  /** How often the loop was begun again. */
  restarts: number
  /**
   * A cursor of this loop, taken anew at every power of two: a loop that goes round comes back to
   * it, whatever its length, and nobody has to keep them all (Brent's way).
   */
  mark: string
  markedAt: number
  /** Of the marked page, and of the last one. */
  markIds: string
  lastIds: string
}

export interface PageSeen {
  kind: 'page'
  /** Empty: Plaid has nothing yet. */
  nextCursor: string
  hasMore: boolean
  /** Records of any kind that were in it. */
  records: number
  /** Which: a digest of their ids. */
  ids: string
  historyComplete: boolean
}

export type PagingEvent = PageSeen | { kind: 'refused'; code: string }

export type PagingStep =
  /** Forget what is staged, begin the loop anew, and read on. */
  | { kind: 'begin' }
  | { kind: 'read' }
  /**
   * Keep the page; `sweep`: what it and those before did not show is gone. Then read on, or end.
   */
  | { kind: 'stage'; complete: boolean; sweep: boolean }
  | { kind: 'end'; reading: 'complete' | 'not ready' }
  /** The call's own failure is the reading's. What is staged stays: the next reading goes on. */
  | { kind: 'give up' }
  /** As Plaid answers, this loop would never end. */
  | { kind: 'fail'; error: TransientError }

export interface Next {
  paging: Paging
  step: PagingStep
}

/** Ten million transactions, in pages of 500. */
export const pagesMax = 20_000
export const emptyPagesMax = 100
export const repeatedPagesMax = 100
/** Of each kind of loop. */
export const restartsMax = 3

/** What an earlier process left of a loop. */
export interface Left {
  mode: LoopMode
  base_cursor: string
  next_cursor: string
  pages: number
  restarts: number
  complete: boolean
}

/**
 * A loop that a crash or a pause left goes on where it was, if it is of this kind and cursor. One
 * to verify by, when it is complete: since then the bank and the store may have moved.
 */
export function startPaging(
  wanted: { purpose: LoopPurpose; mode: LoopMode; base: string },
  left: Left | undefined,
): Next {
  const fresh = begun({ ...wanted, baseRefused: false, restarts: 0 })
  if (left === undefined) return { paging: fresh, step: { kind: 'begin' } }
  const fits =
    wanted.purpose === 'verify'
      ? !left.complete
      : left.base_cursor === wanted.base && (left.mode === 'full' || wanted.mode === left.mode)
  if (!fits) return { paging: fresh, step: { kind: 'begin' } }
  const { mode, next_cursor: cursor, pages, restarts } = left
  const paging = { ...fresh, mode, cursor, pages, restarts, mark: cursor, markedAt: pages }
  return { paging, step: left.complete ? { kind: 'end', reading: 'complete' } : { kind: 'read' } }
}

export function nextStep(paging: Paging, event: PagingEvent): Next {
  return event.kind === 'page' ? afterPage(paging, event) : afterRefusal(paging, event.code)
}

function afterPage(paging: Paging, page: PageSeen): Next {
  if (page.nextCursor === '') return afterNoCursor(paging, page)
  const pages = paging.pages + 1
  if (!page.hasMore) return afterLastPage({ ...paging, pages, cursor: page.nextCursor }, page)
  const emptyPages = page.records === 0 ? paging.emptyPages + 1 : 0
  if (page.nextCursor === paging.cursor || page.nextCursor === paging.mark) {
    return endless(paging, 'its cursor does not move on')
  }
  if (emptyPages >= emptyPagesMax) {
    return endless(paging, `${emptyPagesMax} pages in a row brought nothing`)
  }
  const isRepeated =
    page.records > 0 && (page.ids === paging.markIds || page.ids === paging.lastIds)
  const repeatedPages = paging.repeatedPages + (isRepeated ? 1 : 0)
  if (repeatedPages >= repeatedPagesMax) {
    return endless(paging, `${repeatedPagesMax} pages brought the same again`)
  }
  if (pages >= pagesMax) return endless(paging, `no history has more than ${pagesMax} pages`)
  const { nextCursor: cursor, ids: lastIds } = page
  const read = { ...paging, pages, emptyPages, repeatedPages, cursor, lastIds }
  const mark = { mark: cursor, markedAt: pages, markIds: lastIds }
  return {
    paging: pages >= 2 * paging.markedAt ? { ...read, ...mark } : read,
    step: { kind: 'stage', complete: false, sweep: false },
  }
}

/** An empty cursor is no progress: nothing of it is kept. */
function afterNoCursor(paging: Paging, page: PageSeen): Next {
  if (page.hasMore || page.records > 0) {
    return endless(paging, 'there is no cursor to ask for it with')
  }
  return { paging, step: { kind: 'end', reading: 'not ready' } }
}

/**
 * A whole reading of an incomplete history never is complete: what it did not see may be gone or
 * only not there yet, and a cursor after it would pass over the removals that the Item's own cursor
 * still tells (L1). So that one is asked, if Plaid takes it; else the history's end is waited for.
 */
function afterLastPage(paging: Paging, page: PageSeen): Next {
  const isPull = paging.purpose === 'pull'
  const isPartial = isPull && paging.mode === 'full' && paging.base !== '' && !page.historyComplete
  if (isPartial && paging.baseRefused) {
    return { paging, step: { kind: 'end', reading: 'not ready' } }
  }
  if (isPartial) return again(paging, 'incremental')
  const sweep = isPull && paging.mode === 'full' && page.historyComplete
  return { paging, step: { kind: 'stage', complete: true, sweep } }
}

function afterRefusal(paging: Paging, code: string): Next {
  if (code !== MUTATION && !(refusesCursor(code) && paging.cursor !== '')) {
    return { paging, step: { kind: 'give up' } }
  }
  if (paging.restarts >= 2 * restartsMax) {
    const sentence = 'the bank’s data change faster than they can be read; later again'
    if (code === MUTATION) return failed(paging, new TransientError(code, sentence))
    return { paging, step: { kind: 'give up' } }
  }
  if (code !== MUTATION && paging.mode === 'incremental' && paging.cursor === paging.base) {
    return again({ ...paging, baseRefused: true }, 'full')
  }
  return again(paging, paging.restarts >= restartsMax ? 'full' : paging.mode)
}

function again(paging: Paging, mode: LoopMode): Next {
  const { purpose, base, baseRefused, restarts } = paging
  return {
    paging: begun({ purpose, mode, base, baseRefused, restarts: restarts + 1 }),
    step: { kind: 'begin' },
  }
}

function begun(
  loop: Pick<Paging, 'purpose' | 'mode' | 'base' | 'baseRefused' | 'restarts'>,
): Paging {
  const cursor = loop.mode === 'incremental' ? loop.base : ''
  const seen = { pages: 0, emptyPages: 0, repeatedPages: 0, markIds: '', lastIds: '' }
  return { ...loop, ...seen, cursor, mark: cursor, markedAt: 0 }
}

function endless(paging: Paging, why: string): Next {
  const sentence = `Plaid says that there is more, but ${why}: the reading was ended; later again`
  return failed(paging, new TransientError('PAGING_ENDLESS', sentence))
}

function failed(paging: Paging, error: TransientError): Next {
  return { paging, step: { kind: 'fail', error } }
}
