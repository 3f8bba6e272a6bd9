// From a movement of money to Plaid's Transaction, every required field of it, as JSON text. What
// belongs to the payee alone is made once and shared: a page of 500 rows must stay cheap.
import type { Transaction } from 'plaid'
import { dateText, dayOf, instantText } from './calendar.ts'
import { type Payee, primaryOf, VERSION_1 } from './payees.ts'
import { drawsFor, idAt, keyOf } from './random.ts'

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
}

export interface View {
  originalDescription: boolean
  categoryVersion: 'v1' | 'v2'
}

/** What differs from row to row; the rest of the text belongs to the payee. */
const SLOTS = [
  'accountId',
  'amount',
  'authorizedDate',
  'authorizedAt',
  'date',
  'postedAt',
  'pending',
  'pendingId',
  'transactionId',
] as const
type Slots = Record<(typeof SLOTS)[number], string>

/** The row as JSON, in pieces that the answer joins once. */
export function writeTransaction(out: string[], entry: Entry, view: View): void {
  const { timed, pieces } = templateOf(entry, view)
  const { occurredAt, postedAt, pendingTransactionId } = entry
  const values: Slots = {
    accountId: `"${entry.accountId}"`,
    amount: String(entry.cents / 100),
    authorizedDate: `"${dateText(dayOf(occurredAt))}"`,
    authorizedAt: timed ? `"${instantText(occurredAt)}"` : 'null',
    date: `"${dateText(entry.day)}"`,
    postedAt: timed && postedAt !== null ? `"${instantText(postedAt)}"` : 'null',
    pending: String(entry.pending),
    pendingId: pendingTransactionId === null ? 'null' : `"${pendingTransactionId}"`,
    transactionId: `"${entry.transactionId}"`,
  }
  for (const [before, slot] of pieces) {
    out.push(before)
    if (slot !== null) out.push(values[slot])
  }
}

/** Text, and the slot behind it; behind the last text there is none. */
type Piece = [text: string, slot: keyof Slots | null]

interface Template {
  timed: boolean
  pieces: Piece[]
}

const templates = new Map<string, Template>()
const MARK = /"§(\w+)§"/

function templateOf({ payee, store, edited }: Entry, view: View): Template {
  const flags = (edited ? 1 : 0) + (view.originalDescription ? 2 : 0)
  const key = `${payee.number}/${store}/${flags}/${view.categoryVersion}`
  const known = templates.get(key)
  if (known !== undefined) return known
  const fixed = makeFaces(payee, payee.number * 16 + store)
  const parts = JSON.stringify(marked(payee, fixed, edited, view)).split(MARK)
  const pieces: Piece[] = []
  for (let i = 0; i < parts.length; i += 2) {
    pieces.push([parts[i] ?? '', SLOTS.find((slot) => slot === parts[i + 1]) ?? null])
  }
  const made = { timed: fixed.timed, pieces }
  templates.set(key, made)
  return made
}

/** The payee's Transaction with marks where a row's own values go. */
function marked(payee: Payee, fixed: Faces, edited: boolean, view: View): Transaction {
  const confidence = edited ? 'VERY_HIGH' : fixed.confidence
  return {
    account_id: mark('accountId'),
    account_owner: null,
    amount: mark('amount'),
    authorized_date: mark('authorizedDate'),
    authorized_datetime: mark('authorizedAt'),
    category: null,
    category_id: null,
    check_number: null,
    counterparties: fixed.counterparties,
    date: mark('date'),
    datetime: mark('postedAt'),
    iso_currency_code: 'USD',
    location: fixed.location,
    logo_url: fixed.logoUrl,
    merchant_category_code: payee.categoryCode,
    merchant_entity_id: fixed.entityId,
    merchant_name: fixed.merchantName,
    name: edited ? payee.name : fixed.name,
    ...(view.originalDescription ? { original_description: fixed.statementText } : {}),
    payment_channel: payee.channel as Transaction['payment_channel'],
    payment_meta: fixed.paymentMeta,
    pending: mark('pending'),
    pending_transaction_id: mark('pendingId'),
    personal_finance_category: category(payee.category, view.categoryVersion, confidence),
    personal_finance_category_icon_url: fixed.iconUrl,
    transaction_code: null,
    transaction_id: mark('transactionId'),
    transaction_type: fixed.type,
    unofficial_currency_code: null,
    website: fixed.website,
  }
}

/** Text for now; the row's value, of the field's own type, takes its place. */
function mark(slot: keyof Slots): never {
  return `§${slot}§` as never
}

type Category = NonNullable<Transaction['personal_finance_category']>

function category(
  detailed: string,
  version: View['categoryVersion'],
  confidence: string,
): Category {
  return {
    primary: primaryOf(detailed),
    detailed: version === 'v1' ? (VERSION_1[detailed] ?? detailed) : detailed,
    confidence_level: confidence,
    version: version as NonNullable<Category['version']>,
  }
}

/** Everything that a payee's rows have in common. */
interface Faces {
  counterparties: NonNullable<Transaction['counterparties']>
  location: Transaction['location']
  paymentMeta: Transaction['payment_meta']
  type: NonNullable<Transaction['transaction_type']>
  name: string
  statementText: string
  merchantName: string | null
  entityId: string | null
  logoUrl: string | null
  website: string | null
  iconUrl: string
  confidence: string
  timed: boolean
}

const MERCHANTS = keyOf('merchants')
const STORES = keyOf('stores')
const ICONS = 'https://plaid-category-icons.plaid.com'

function makeFaces(payee: Payee, number: number): Faces {
  const place = payee.channel === 'in store' ? placeOf(number) : undefined
  const host = `${payee.name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.example`
  const party = payee.counterparty
  const [website, logoUrl] = party === null ? [null, null] : [host, `https://${host}/logo.png`]
  const entityId = party === null ? null : idAt(MERCHANTS, payee.number)
  const statement = payee.statementText ?? payee.name.toUpperCase()
  const confidence = drawsFor(MERCHANTS, payee.number).pick(['VERY_HIGH', 'HIGH', 'HIGH', 'LOW'])
  return {
    counterparties:
      party === null
        ? []
        : [
            {
              name: payee.name,
              type: party as Faces['counterparties'][number]['type'],
              logo_url: logoUrl,
              website,
              entity_id: entityId,
              confidence_level: confidence,
            },
          ],
    location: place?.location ?? NOWHERE,
    paymentMeta: payee.channel === 'other' && party !== null ? transfer(payee, number) : NO_META,
    type: typeOf(payee),
    name: place === undefined ? statement : `${payee.name} #${place.location.store_number}`,
    statementText: place === undefined ? statement : `${statement} ${place.text}`,
    merchantName: party === null ? null : payee.name,
    entityId,
    logoUrl,
    website,
    iconUrl: `${ICONS}/PFC_${primaryOf(payee.category)}.png`,
    confidence,
    timed: payee.habit !== 'settled',
  }
}

function typeOf(payee: Payee): Faces['type'] {
  const types = { 'in store': 'place', online: 'digital', other: 'special' } as const
  return types[payee.channel] as Faces['type']
}

const NOWHERE: Transaction['location'] = {
  address: null,
  city: null,
  country: null,
  lat: null,
  lon: null,
  postal_code: null,
  region: null,
  store_number: null,
}

const NO_META: Transaction['payment_meta'] = {
  by_order_of: null,
  payee: null,
  payer: null,
  payment_method: null,
  payment_processor: null,
  ppd_id: null,
  reason: null,
  reference_number: null,
}

function transfer(payee: Payee, number: number): Transaction['payment_meta'] {
  const draws = drawsFor(STORES, number)
  const incoming = payee.counterparty === 'income_source'
  return {
    ...NO_META,
    [incoming ? 'payer' : 'payee']: payee.name,
    payment_method: 'ACH',
    ppd_id: String(draws.whole(1_000_000_000, 9_999_999_999)),
  }
}

interface City {
  city: string
  postal: string
  lat: number
  lon: number
}

const CITIES: readonly [City, ...City[]] = [
  { city: 'San Diego', postal: '92103', lat: 32.7468, lon: -117.1676 },
  { city: 'La Mesa', postal: '91942', lat: 32.7839, lon: -117.0167 },
  { city: 'Poway', postal: '92064', lat: 32.9628, lon: -117.0359 },
  { city: 'Encinitas', postal: '92024', lat: 33.037, lon: -117.292 },
]
const STREETS = ['Community Rd', 'University Ave', 'El Cajon Blvd', 'Garnet Ave'] as const

function placeOf(number: number): { location: Transaction['location']; text: string } {
  const draws = drawsFor(STORES, number)
  const { city, postal, lat, lon } = draws.pick(CITIES)
  const street = `${draws.whole(100, 9_899)} ${draws.pick(STREETS)}`
  const off = (value: number): number => Math.round((value + draws.fraction() / 50) * 1e6) / 1e6
  const location = {
    address: street,
    city,
    country: 'US',
    lat: off(lat),
    lon: off(lon),
    postal_code: postal,
    region: 'CA',
    store_number: String(draws.whole(100, 2_999)),
  }
  return { location, text: `${location.store_number} ${city.toUpperCase()} CA` }
}
