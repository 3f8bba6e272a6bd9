// The opaque cursor of /transactions/sync: where the reader is, where its loop began, and the log's
// end when the loop began, by which a change between two pages is noticed. Bound to its Item.
import { createHmac } from 'node:crypto'
import { PlaidFault } from '../fault.ts'

export interface Position {
  /** Where the loop began: what is news is judged from here. */
  start: number
  /** The last change that was read. */
  after: number
  /** The log's head when the loop began; null between loops. */
  head: number | null
}

export const BEGINNING: Position = { start: 0, after: 0, head: null }
/** Plaid's limit for the cursor's text. */
export const cursorCharactersMax = 256

const VERSION = 1
const SEAL_BYTES = 12
const BODY_BYTES = 19
const BETWEEN = 0xffff_ffff_ffff

/** `owner` is what the cursor is good for: an Item, or one account of it. */
export function encodeCursor(owner: string, position: Position): string {
  const body = Buffer.alloc(BODY_BYTES)
  body.writeUInt8(VERSION, 0)
  body.writeUIntBE(position.start, 1, 6)
  body.writeUIntBE(position.after, 7, 6)
  body.writeUIntBE(position.head ?? BETWEEN, 13, 6)
  return Buffer.concat([body, sealOf(owner, body)]).toString('base64')
}

export function decodeCursor(owner: string, text: string): Position {
  const bytes = Buffer.from(text, 'base64')
  const body = bytes.subarray(0, BODY_BYTES)
  // decoding is lenient; a cursor is good as it was given only
  if (bytes.toString('base64') !== text) throw wrong()
  if (bytes.length !== BODY_BYTES + SEAL_BYTES || body[0] !== VERSION) throw wrong()
  if (!sealOf(owner, body).equals(bytes.subarray(BODY_BYTES))) throw wrong()
  const head = body.readUIntBE(13, 6)
  return {
    start: body.readUIntBE(1, 6),
    after: body.readUIntBE(7, 6),
    head: head === BETWEEN ? null : head,
  }
}

/** Not against forgery: it tells a cursor of another Item from one of this. */
function sealOf(owner: string, body: Buffer): Buffer {
  return createHmac('sha256', owner).update(body).digest().subarray(0, SEAL_BYTES)
}

function wrong(): PlaidFault {
  return new PlaidFault('INVALID_FIELD', 'cursor not associated with access_token')
}
