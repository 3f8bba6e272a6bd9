// The store against the warehouse, every column: a merge join of two readings in the order of their
// ids, in constant memory. A row newer than what the connection has promised to have brought is in
// flight: on its way, not missing. Pure: it knows rows, not databases.
import { createHash } from 'node:crypto'
import type { Columns } from './columns.ts'

export interface Row {
  id: string
  item_id: string
  account_id: string
  /** Decimal text. */
  amount: string | null
  /** A stamp of fixed width: compared as text. */
  updated_at: string
  /** A tombstone. */
  deleted: boolean
  /** All of it, as a JSON object. */
  json: string
}

export interface StreamRow {
  id: string
  updated_at: string
  /** A tombstone. */
  deleted: boolean
  json: string
}

export interface Side {
  count: number
  /** Exact, in billionths. */
  sum: bigint
  checksum: bigint
}

export interface Comparison {
  accounts: Map<string, { item_id: string; store: Side; warehouse: Side }>
  inFlight: number
  different: number
  /** The first ids that differ, and how. */
  named: Difference[]
}

export interface Difference {
  id: string
  kind: DifferenceKind
  /** Which columns, where both sides have the row. */
  columns?: string[]
}

type DifferenceKind =
  | 'missing in the warehouse'
  | 'not in the store'
  /** The store knows that the bank took it back. */
  | 'gone at the bank'
  | 'differs'

const namedMax = 100

/** `promised` is the stamp up to which the warehouse must be equal. */
export async function compare(
  store: AsyncIterable<Row>,
  warehouse: AsyncIterable<Row>,
  promised: string,
  columns: Columns,
): Promise<Comparison> {
  const result = nothingCompared()
  for await (const [ours, theirs] of pairs(store, warehouse)) {
    if (ours?.deleted && !theirs) continue
    if (isInFlight(ours, promised) || isInFlight(theirs, promised)) {
      result.inFlight++
      continue
    }
    const living = ours?.deleted ? undefined : ours
    const mine = living && columns.texts(living.json)
    const others = theirs && columns.texts(theirs.json)
    if (living && mine) add(result, 'store', living, mine)
    if (theirs && others) add(result, 'warehouse', theirs, others)
    const id = (living ?? theirs)?.id
    const difference = differenceOf(columns, mine, others, ours?.deleted)
    if (id === undefined || !difference) continue
    result.different++
    if (result.named.length < namedMax) result.named.push({ id, ...difference })
  }
  return result
}

export function nothingCompared(): Comparison {
  return { accounts: new Map(), inFlight: 0, different: 0, named: [] }
}

export interface RowsCompared {
  compared: number
  inFlight: number
  /** Rows that the store has let go by their age: the warehouse alone has them. */
  kept: number
  /** The first ones. */
  different: Difference[]
  /** How many more there are. */
  unnamed: number
}

/**
 * What the store has let go by its age stays in the warehouse. `to`: the stamp up to which that may
 * have happened; null: it did not.
 */
export function keptBy(to: string | null): (theirs: StreamRow) => boolean {
  return ({ updated_at }) => to !== null && updated_at <= to
}

/** What is on its way of a row, by what each side has of it. */
export type Flying = (ours: StreamRow | undefined, theirs: StreamRow | undefined) => boolean

/** Of a stream that comes as its changes: what is newer than what the connection promised. */
export function newerThan(promised: string): Flying {
  return (ours, theirs) => isInFlight(ours, promised) || isInFlight(theirs, promised)
}

/**
 * Of one that comes whole with every sync: what changed since the last one began, unless it is
 * there already.
 */
export function changedSince(since: string): Flying {
  return (ours, theirs) =>
    ours !== undefined &&
    !ours.deleted &&
    ours.updated_at !== theirs?.updated_at &&
    ours.updated_at >= since
}

export async function compareRows(
  store: AsyncIterable<StreamRow>,
  warehouse: AsyncIterable<StreamRow>,
  isFlying: Flying,
  columns: Columns,
  isKept = keptBy(null),
): Promise<RowsCompared> {
  const result = noRowsCompared()
  for await (const [ours, theirs] of pairs(store, warehouse)) {
    if (ours?.deleted && !theirs) continue
    if (!ours && theirs && isKept(theirs)) {
      result.kept++
      continue
    }
    if (isFlying(ours, theirs)) {
      result.inFlight++
      continue
    }
    result.compared++
    const id = (ours ?? theirs)?.id
    const mine = ours && !ours.deleted ? columns.texts(ours.json) : undefined
    const difference = differenceOf(
      columns,
      mine,
      theirs && columns.texts(theirs.json),
      ours?.deleted,
    )
    if (id === undefined || !difference) continue
    if (result.different.length < namedMax) result.different.push({ id, ...difference })
    else result.unnamed++
  }
  return result
}

export function noRowsCompared(): RowsCompared {
  return { compared: 0, inFlight: 0, kept: 0, different: [], unnamed: 0 }
}

function isInFlight(row: Pick<Row, 'updated_at'> | undefined, promised: string): boolean {
  return row !== undefined && row.updated_at > promised
}

type Texts = (string | null)[]

function differenceOf(
  { names }: Columns,
  ours: Texts | undefined,
  theirs: Texts | undefined,
  isGone: boolean | undefined,
): Omit<Difference, 'id'> | undefined {
  if (!ours) return { kind: isGone ? 'gone at the bank' : 'not in the store' }
  if (!theirs) return { kind: 'missing in the warehouse' }
  const columns = names.filter((_, i) => ours[i] !== theirs[i])
  return columns.length === 0 ? undefined : { kind: 'differs', columns }
}

function add(result: Comparison, side: 'store' | 'warehouse', row: Row, texts: Texts): void {
  let account = result.accounts.get(row.account_id)
  if (!account) {
    account = { item_id: row.item_id, store: emptySide(), warehouse: emptySide() }
    result.accounts.set(row.account_id, account)
  }
  const total = account[side]
  total.count++
  total.sum += billionths(row.amount)
  const digest = createHash('sha1').update(JSON.stringify(texts)).digest()
  total.checksum = BigInt.asUintN(64, total.checksum + digest.readBigUInt64BE())
}

function emptySide(): Side {
  return { count: 0, sum: 0n, checksum: 0n }
}

const digits = 9

/** Decimal text as a whole number of billionths; money has no finer parts. */
export function billionths(amount: string | null): bigint {
  if (amount === null) return 0n
  const [whole = '0', fraction = ''] = amount.replace('-', '').split('.')
  const value = BigInt(whole + fraction.padEnd(digits, '0').slice(0, digits))
  return amount.startsWith('-') ? -value : value
}

export function decimal(value: bigint): string {
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0')
  const fraction = text.slice(-digits).replace(/0+$/, '').padEnd(2, '0')
  return `${value < 0n ? '-' : ''}${text.slice(0, -digits)}.${fraction}`
}

type Keyed = { id: string }

/** Both in the order of their ids (as bytes), side by side where they are the same. */
export async function* pairs<A extends Keyed, B extends Keyed>(
  left: AsyncIterable<A>,
  right: AsyncIterable<B>,
): AsyncGenerator<[A | undefined, B | undefined]> {
  const lefts = left[Symbol.asyncIterator]()
  const rights = right[Symbol.asyncIterator]()
  let a = await lefts.next()
  let b = await rights.next()
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : byBytes(a.value.id, b.value.id)
    const ours = order <= 0 && !a.done ? a.value : undefined
    const theirs = order >= 0 && !b.done ? b.value : undefined
    yield [ours, theirs]
    if (ours) a = await lefts.next()
    if (theirs) b = await rights.next()
  }
}

const ASCII = /^[\0-\x7f]*$/

function byBytes(a: string, b: string): number {
  if (a === b) return 0
  if (ASCII.test(a) && ASCII.test(b)) return a < b ? -1 : 1
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
