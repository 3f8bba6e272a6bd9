// From a movement of money to Plaid's Transaction, every required field of it, as JSON text. What
// belongs to the payee alone is made once and shared: a page of 500 rows must stay cheap.
import type { Transaction } from 'plaid'
import { dateText, dayOf, instantText } from './calendar.ts'
import { financeCategory } from './categories.ts'
import { codeOf } from './codes.ts'
import { type Faces, facesOf } from './faces.ts'
import type { Details } from './lifecycle.ts'
import { amountOf, currencyCodes } from './money.ts'
import type { Payee } from './payee.ts'
import type { Country } from './places.ts'

export interface Entry {
  transactionId: string
  pendingTransactionId: string | null
  accountId: string
  payee: Payee
  store: number
  cents: number
  /** The day that it posted; for a pending row, the day that it happened. */
  day: number
  occurredAt: number
  /** When it posted, where the bank says so. */
  postedAt: number | null
  pending: boolean
  /** The bank changed it after posting: its text is cleaner, its category surer. */
  edited: boolean
  /** The account's. */
  currency: string
  /** Where the bank is. */
  country: Country
  details?: Details | undefined
}

export interface View {
  originalDescription: boolean
  categoryVersion: 'v1' | 'v2'
}

/** What is shown where nobody asks for more. */
export const PLAIN: View = { originalDescription: false, categoryVersion: 'v2' }

/** What differs from row to row; the rest belongs to the payee. */
const SLOTS = [
  'account_id',
  'amount',
  'authorized_date',
  'authorized_datetime',
  'date',
  'datetime',
  'iso_currency_code',
  'pending',
  'pending_transaction_id',
  'transaction_id',
  'unofficial_currency_code',
] as const satisfies (keyof Transaction)[]
type Values = Pick<Transaction, (typeof SLOTS)[number]>

/** The row as JSON, in pieces that the answer joins once. */
export function writeTransaction(out: string[], entry: Entry, view: View): void {
  const { payee, details } = entry
  if (payee.described === true || details !== undefined) {
    const faces = facesOf(payee, entry.store, entry.country)
    const row = transactionOf(entry, faces, view, valuesOf(entry, faces))
    out.push(JSON.stringify(details === undefined ? row : detailed(row, details)))
    return
  }
  const { faces, pieces } = templateOf(entry, view)
  const values = valuesOf(entry, faces)
  for (const [before, slot] of pieces) {
    out.push(before)
    if (slot !== null) out.push(textOf(values[slot]))
  }
}

/** Ids, dates and codes have no character that JSON writes otherwise. */
function textOf(value: string | number | boolean | null): string {
  return typeof value === 'string' ? `"${value}"` : String(value)
}

function valuesOf(entry: Entry, { timed }: Faces): Values {
  const { occurredAt, postedAt, details } = entry
  const authorizedDay = details?.authorizedDay ?? dayOf(occurredAt)
  return {
    account_id: entry.accountId,
    amount: amountOf(entry.cents),
    authorized_date: dateText(authorizedDay),
    authorized_datetime: timed ? instantText(occurredAt) : null,
    date: dateText(entry.day),
    datetime: timed && postedAt !== null ? instantText(postedAt) : null,
    ...currencyCodes(details?.currency ?? entry.currency),
    pending: entry.pending,
    pending_transaction_id: entry.pendingTransactionId,
    transaction_id: entry.transactionId,
  }
}

/** Few rows have details; they are made one by one. */
function detailed(row: Transaction, { memo, checkNumber, owner }: Details): Transaction {
  const tail = memo === undefined ? '' : ` ${memo}`
  const text = row.original_description
  return {
    ...row,
    name: row.name + tail,
    ...(typeof text === 'string' ? { original_description: text + tail } : {}),
    check_number: checkNumber ?? null,
    account_owner: owner ?? null,
  }
}

/** Text, and the slot behind it; behind the last text there is none. */
type Piece = [text: string, slot: keyof Values | null]

interface Template {
  faces: Faces
  pieces: Piece[]
}

/** By payee, then by what else the text depends on. A payee that is gone takes its texts along. */
const templates = new WeakMap<Payee, Map<number, Template>>()
const COUNTRIES: Country[] = ['US', 'CA', 'GB', 'FR', 'JP']
const MARK = /"§(\w+)§"/

function templateOf(entry: Entry, view: View): Template {
  const { payee, store, edited, country, cents } = entry
  const key =
    (edited ? 1 : 0) +
    (view.originalDescription ? 2 : 0) +
    (view.categoryVersion === 'v1' ? 4 : 0) +
    (cents < 0 ? 8 : 0) +
    16 * (COUNTRIES.indexOf(country) + COUNTRIES.length * store)
  let ofPayee = templates.get(payee)
  if (ofPayee === undefined) templates.set(payee, (ofPayee = new Map()))
  const known = ofPayee.get(key)
  if (known !== undefined) return known
  const faces = facesOf(payee, store, country)
  const parts = JSON.stringify(transactionOf(entry, faces, view, MARKS)).split(MARK)
  const pieces: Piece[] = []
  for (let i = 0; i < parts.length; i += 2) {
    pieces.push([parts[i] ?? '', SLOTS.find((slot) => slot === parts[i + 1]) ?? null])
  }
  const made = { faces, pieces }
  ofPayee.set(key, made)
  return made
}

/** Text for now; a row's value, of the field's own type, takes its place. */
const MARKS = Object.fromEntries(SLOTS.map((slot) => [slot, `§${slot}§`])) as unknown as Values

function transactionOf(entry: Entry, faces: Faces, view: View, values: Values): Transaction {
  const { payee, edited } = entry
  const confidence = edited ? 'VERY_HIGH' : faces.confidence
  return {
    ...values,
    account_owner: null,
    category: null,
    category_id: null,
    check_number: null,
    counterparties: faces.counterparties,
    location: faces.location,
    logo_url: faces.logoUrl,
    merchant_category_code: payee.categoryCode,
    merchant_entity_id: faces.entityId,
    merchant_name: faces.merchantName,
    name: edited ? payee.name : faces.name,
    ...(view.originalDescription ? { original_description: faces.statementText } : {}),
    payment_channel: payee.channel as Transaction['payment_channel'],
    payment_meta: faces.paymentMeta,
    personal_finance_category: financeCategory(payee.category, view.categoryVersion, confidence),
    personal_finance_category_icon_url: faces.iconUrl,
    transaction_code: codeOf(payee, entry.country, entry.cents),
    transaction_type: faces.type,
    website: faces.website,
  }
}
