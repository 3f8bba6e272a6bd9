// Recurring streams: found in the Item's rows, never known beforehand. Rows of one account and one
// counterparty make a stream when they come at regular intervals; where they do not, those of the
// same amount may.
import type { Transaction, TransactionStream } from 'plaid'
import { calendarDay, dateText, dayInMonth, dayOfDate } from '../world/calendar.ts'
import { amountOf, centsOf } from '../world/money.ts'
import { idAt, keyOf } from '../world/random.ts'

/** The newest rows that are looked at: an answer costs no more, however large the Item is. */
export const recurringRowsMax = 10_000

export interface Streams {
  inflow: TransactionStream[]
  outflow: TransactionStream[]
}

/** Pending rows belong to no stream yet. */
export function streamsIn(rows: readonly Transaction[], today: number): Streams {
  const groups = new Map<string, Row[]>()
  for (const transaction of rows) {
    if (transaction.pending) continue
    const key = keyFor(transaction)
    const row = { transaction, day: dayOfDate(transaction.date) }
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  const streams = [...groups].flatMap(([key, group]) => streamsOf(key, group, today))
  const isInflow = ({ last_amount: { amount } }: TransactionStream): boolean => (amount ?? 0) < 0
  return {
    inflow: streams.filter(isInflow),
    outflow: streams.filter((stream) => !isInflow(stream)),
  }
}

interface Row {
  transaction: Transaction
  day: number
}

function keyFor(row: Transaction): string {
  const whose = row.merchant_entity_id ?? row.merchant_name ?? row.name
  return `${row.account_id}/${row.amount < 0 ? 'in' : 'out'}/${whose}`
}

/** Two equal rows among others that come at random are a coincidence: coffees cost alike. */
const sameRowsMin = 3

function streamsOf(key: string, group: readonly Row[], today: number): TransactionStream[] {
  const rows = group.toSorted((a, b) => a.day - b.day)
  const whole = streamOf(key, rows, today)
  if (whole !== undefined) return [whole]
  const amounts = new Set(rows.map(({ transaction }) => transaction.amount))
  return [...amounts].flatMap((amount) => {
    const same = rows.filter(({ transaction }) => transaction.amount === amount)
    return same.length < sameRowsMin ? [] : (streamOf(`${key}/${amount}`, same, today) ?? [])
  })
}

type Frequency = 'WEEKLY' | 'BIWEEKLY' | 'SEMI_MONTHLY' | 'MONTHLY' | 'ANNUALLY'

interface Rhythm {
  frequency: Frequency
  /** Days between two rows, at least and at most, each and in the mean. */
  each: [low: number, high: number]
  mean: [low: number, high: number]
  /** Days that a row may be late before the stream counts as ended. */
  graceDays: number
  /** Rows that make the stream mature. */
  matureRows: number
}

const RHYTHMS: readonly Rhythm[] = [
  rhythm('WEEKLY', [5, 9], [6.5, 7.5], 4),
  rhythm('BIWEEKLY', [11, 17], [13.6, 14.5], 6),
  rhythm('SEMI_MONTHLY', [11, 19], [14.5, 16], 7),
  rhythm('MONTHLY', [25, 36], [28, 32.5], 12),
  rhythm('ANNUALLY', [350, 380], [360, 370], 40, 2),
]

function rhythm(
  frequency: Frequency,
  each: Rhythm['each'],
  mean: Rhythm['mean'],
  graceDays: number,
  matureRows = 3,
): Rhythm {
  return { frequency, each, mean, graceDays, matureRows }
}

function streamOf(key: string, rows: readonly Row[], today: number): TransactionStream | undefined {
  const [first, last] = [rows[0], rows.at(-1)]
  const found = rhythmOf(rows)
  if (first === undefined || last === undefined || found === undefined) return undefined
  const mature = rows.length >= found.matureRows
  const next = nextDay(found.frequency, rows)
  const active = today <= next + found.graceDays
  const cents = rows.reduce((sum, { transaction }) => sum + centsOf(transaction.amount), 0)
  const mean = Number.isInteger(cents) ? Math.round(cents / rows.length) : cents / rows.length
  const { transaction } = last
  const body = {
    account_id: transaction.account_id,
    average_amount: moneyOf(transaction, mean),
    category: null,
    category_id: null,
    description: transaction.name,
    first_date: dateText(first.day),
    frequency: found.frequency,
    is_active: active,
    is_user_modified: false,
    last_amount: moneyOf(transaction, centsOf(transaction.amount)),
    last_date: dateText(last.day),
    merchant_name: transaction.merchant_name ?? null,
    personal_finance_category: transaction.personal_finance_category ?? null,
    predicted_next_date: active ? dateText(next) : null,
    status: mature ? 'MATURE' : active ? 'EARLY_DETECTION' : 'TOMBSTONED',
    stream_id: idAt(keyOf(`streams/${key}`), 0),
    transaction_ids: rows.map((row) => row.transaction.transaction_id),
  }
  return body as unknown as TransactionStream
}

/** How many times the smallest amount the largest may be, of few rows and of many. */
const FEW_ROWS = 6
const AMOUNT_FACTOR_FEW = 1.6
const AMOUNT_FACTOR_MIN = 1.1

/** The rhythm of rows that come regularly: with few rows, only when their amounts are alike too. */
function rhythmOf(rows: readonly Row[]): Rhythm | undefined {
  const [first, last] = [rows[0], rows.at(-1)]
  if (rows.length < 2 || first === undefined || last === undefined) return undefined
  const amounts = rows.map(({ transaction }) => Math.abs(transaction.amount))
  const factor = Math.max(...amounts) / Math.min(...amounts)
  if (rows.length < FEW_ROWS && !(factor <= AMOUNT_FACTOR_FEW)) return undefined
  if (rows.length < 3 && (factor > AMOUNT_FACTOR_MIN || isCash(first))) return undefined
  const intervals = rows.slice(1).map((row, i) => row.day - (rows[i]?.day ?? row.day))
  const mean = (last.day - first.day) / intervals.length
  return RHYTHMS.find(
    (each) => within(mean, each.mean) && intervals.every((interval) => within(interval, each.each)),
  )
}

/** Round sums are alike whenever they are fetched or brought: two of them are no rhythm. */
function isCash({ transaction }: Row): boolean {
  return CASH.has(transaction.personal_finance_category?.detailed ?? '')
}
const CASH: ReadonlySet<string> = new Set([
  'TRANSFER_OUT_WITHDRAWAL',
  'TRANSFER_IN_DEPOSIT',
  'BANK_FEES_ATM_FEES',
])

function within(value: number, [low, high]: [number, number]): boolean {
  return value >= low && value <= high
}

function nextDay(frequency: Frequency, rows: readonly Row[]): number {
  const last = rows.at(-1)?.day ?? 0
  if (frequency === 'WEEKLY') return last + 7
  if (frequency === 'BIWEEKLY') return last + 14
  if (frequency === 'ANNUALLY') return monthsAfter(last, 12)
  if (frequency === 'MONTHLY') return monthsAfter(last, 1)
  // twice a month: a month after the one before
  const before = rows.at(-2)?.day
  return before === undefined ? last + 15 : monthsAfter(before, 1)
}

/** The same day of a later month, or that month's last. */
function monthsAfter(day: number, months: number): number {
  const lastOfMonth = dayInMonth(day, months + 1, 0)
  return Math.min(lastOfMonth, dayInMonth(day, months, calendarDay(day).dayOfMonth))
}

function moneyOf(row: Transaction, cents: number) {
  const { iso_currency_code, unofficial_currency_code } = row
  return { amount: amountOf(cents), iso_currency_code, unofficial_currency_code }
}
