// What all rows of a payee at one shop have in common: the counterparty as Plaid enriches it, the
// place, how the bank writes it.
import type { Transaction } from 'plaid'
import { primaryOf } from './categories.ts'
import type { Payee } from './payee.ts'
import { type Country, NOWHERE, placeOf } from './places.ts'
import { drawsFor, idAt, keyOf } from './random.ts'

export interface Faces {
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
  /** The bank tells the hour. */
  timed: boolean
}

const MERCHANTS = keyOf('merchants')
const STORES = keyOf('stores')
const ICONS = 'https://plaid-category-icons.plaid.com'

export function facesOf(payee: Payee, store: number, country: Country): Faces {
  const draws = drawsFor(STORES, payee.number * 16 + store)
  const place = payee.channel === 'in store' ? placeOf(draws, payee.country ?? country) : undefined
  const known = payee.counterparty !== null
  const [website, logoUrl] = known ? addressesOf(payee.name) : [null, null]
  const entityId = known ? idAt(MERCHANTS, payee.number) : null
  const statement = payee.statementText ?? payee.name.toUpperCase()
  const own = drawsFor(MERCHANTS, payee.number)
  const confidence = own.pick(['VERY_HIGH', 'VERY_HIGH', 'HIGH', 'MEDIUM'])
  return {
    counterparties: counterpartiesOf(payee, { website, logoUrl, entityId, confidence }),
    location: place?.location ?? NOWHERE,
    paymentMeta: metaOf(payee, String(own.whole(1_000_000_000, 9_999_999_999))),
    type: typeOf(payee),
    name:
      place === undefined || payee.described === true
        ? statement
        : `${payee.name} #${place.location.store_number}`,
    statementText: place === undefined ? statement : `${statement} ${place.text}`,
    merchantName: known ? payee.name : null,
    entityId,
    logoUrl,
    website,
    iconUrl: `${ICONS}/PFC_${primaryOf(payee.category)}.png`,
    confidence,
    timed: payee.habit !== 'settled',
  }
}

function addressesOf(name: string): [website: string, logoUrl: string] {
  const host = `${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.example`
  return [host, `https://${host}/logo.png`]
}

type Seen = Pick<Faces, 'website' | 'logoUrl' | 'entityId' | 'confidence'>
type Counterparty = Faces['counterparties'][number]

function counterpartiesOf({ name, counterparty, via }: Payee, seen: Seen): Counterparty[] {
  if (counterparty === null) return []
  const main = party(name, counterparty, seen)
  if (via === undefined) return [main]
  const [website, logoUrl] = addressesOf(via.name)
  const entityId = idAt(keyOf(`via/${via.name}`), 0)
  return [main, party(via.name, via.kind, { website, logoUrl, entityId, confidence: 'VERY_HIGH' })]
}

function party(name: string, type: string, seen: Seen): Counterparty {
  return {
    name,
    type: type as Counterparty['type'],
    logo_url: seen.logoUrl,
    website: seen.website,
    entity_id: seen.entityId,
    confidence_level: seen.confidence,
  }
}

function typeOf(payee: Payee): Faces['type'] {
  const types = { 'in store': 'place', online: 'digital', other: 'special' } as const
  return types[payee.channel] as Faces['type']
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

/** Who pays whom; by the clearing house, which knows its companies by a number, or otherwise. */
function metaOf(payee: Payee, ppdId: string): Transaction['payment_meta'] {
  if (payee.channel !== 'other' || payee.counterparty === null) return { ...NO_META, ...payee.meta }
  const incoming = /^(INCOME|TRANSFER_IN|LOAN_DISBURSEMENTS)_/.test(payee.category)
  const named = { ...NO_META, [incoming ? 'payer' : 'payee']: payee.name }
  const cleared = { payment_method: 'ACH', ppd_id: ppdId }
  return { ...named, ...(payee.meta?.payment_method === undefined && cleared), ...payee.meta }
}
