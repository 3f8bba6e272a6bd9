// Plaid's products as this emulator keeps books of them: which it models, what an Item may be asked
// for and what it is billed for. A product's first use moves it from available to billed.
import type { AccountBase, AccountType, Products } from 'plaid'
import { PlaidFault } from '../fault.ts'
import type { Institution } from '../world/institutions.ts'
import { isOtherProduct, type OtherProducts } from './other-products.ts'

export type Product = `${Products}`

/** Every product that some endpoint here answers for. */
const PRODUCTS = [
  'auth',
  'balance',
  'identity',
  'investments',
  'liabilities',
  'recurring_transactions',
  'transactions',
  'transactions_refresh',
] as const satisfies readonly Product[]
export type Modelled = (typeof PRODUCTS)[number]

export function isModelled(product: string): product is Modelled {
  return (PRODUCTS as readonly string[]).includes(product)
}

/** Paid by the call, or added to another product: no Item begins with them. */
const NEVER_INITIAL: ReadonlySet<string> = new Set([
  'balance',
  'recurring_transactions',
  'transactions_refresh',
])
/** Paid by the call: they stay available and are never billed to an Item. */
const BY_CALL: ReadonlySet<string> = new Set(['balance', 'transactions_refresh'])
/** What must be there before a product can be asked for. */
const NEEDS: Partial<Record<Modelled, Modelled>> = {
  recurring_transactions: 'transactions',
  transactions_refresh: 'transactions',
}

/** What is known of an Item when its products are judged. */
export interface Holder {
  institution: Institution
  /** Asked for only where a product is about some kind of account. */
  accounts(): readonly AccountBase[]
  /** Billed products. */
  products: readonly string[]
  /** What the person agreed to; null where nobody asked, which is everything. */
  consented: readonly string[] | null
  otherProducts: OtherProducts
}

function takes(product: string, { otherProducts }: Pick<Holder, 'otherProducts'>): boolean {
  return otherProducts === 'taken' && isOtherProduct(product)
}

/** The products of an Item as `/item/get` lists them. */
export function productsOf(holder: Holder): Record<'available' | 'billed' | 'consented', string[]> {
  const possible = supported(holder.institution).filter((product) => hasAccounts(product, holder))
  const { consented } = holder
  return {
    available: possible.filter((product) => !holder.products.includes(product)),
    billed: [...holder.products],
    consented: [
      ...possible.filter((product) => consented === null || isConsented(product, consented)),
      ...(consented ?? holder.products).filter((product) => takes(product, holder)),
    ],
  }
}

/** Throws what Plaid answers to an endpoint of a product that this Item cannot be asked for. */
export function checkProduct(product: Modelled, holder: Holder): void {
  if (!supported(holder.institution).includes(product)) throw notSupported([product])
  if (holder.consented !== null && !isConsented(product, holder.consented)) {
    const name = `PRODUCT_${product.toUpperCase()}`
    const message = `client does not have user consent to access the ${name} product`
    throw new PlaidFault('ADDITIONAL_CONSENT_REQUIRED', message)
  }
  const need = NEEDS[product]
  if (need !== undefined && !holder.products.includes(need)) {
    throw new PlaidFault(
      'PRODUCT_NOT_ENABLED',
      `the '${need}' product is not enabled for the following access token. please ensure that ` +
        `'${need}' is included in the 'product' array when initializing Link and try again.`,
    )
  }
  checkAccounts(product, holder)
}

/** Throws when none of the accounts is of a kind that the product is about. */
function checkAccounts(product: string, holder: Holder): void {
  const without = WITHOUT[product]
  if (without !== undefined && !hasAccounts(product, holder)) throw new PlaidFault(without)
}

/** Whether an application is told what comes of these products, transactions aside. */
export function isFollowed(products: readonly string[]): boolean {
  return products.includes('investments') || products.includes('liabilities')
}

/** Whether use of the product is billed to the Item, once, and not by the call. */
export function isBilled(product: Modelled): boolean {
  return !BY_CALL.has(product)
}

/** What an Item begins with: all that is required, and of what is wished for that which it has. */
export function initialProducts(
  holder: Holder,
  wanted: { products: readonly string[]; wishedProducts: readonly string[] },
): string[] {
  for (const product of wanted.products) checkAccounts(product, holder)
  const here: readonly string[] = supported(holder.institution)
  const had = wanted.wishedProducts.filter(
    (product) => takes(product, holder) || (here.includes(product) && hasAccounts(product, holder)),
  )
  return [...new Set([...wanted.products, ...had])]
}

/** Refuses products with which no Item can begin, at this institution or at any. */
export function checkInitial(
  products: readonly string[],
  where: Pick<Holder, 'otherProducts'> & { institution?: Institution },
): void {
  if (products.length === 0) {
    throw new PlaidFault('INVALID_FIELD', 'at least one product must be given')
  }
  const { institution } = where
  const here: readonly string[] = institution === undefined ? PRODUCTS : supported(institution)
  const others = products.filter((product) => !here.includes(product) && !takes(product, where))
  // what is nowhere to be had is no institution's fault
  const wrong = [
    ...products.filter((product) => NEVER_INITIAL.has(product)),
    ...(institution === undefined ? others : []),
  ]
  if (wrong.length > 0) {
    const list = JSON.stringify(wrong.slice(0, PRODUCTS_NAMED_MAX))
    const message = `client is not authorized to access the following products: ${list}`
    throw new PlaidFault('INVALID_PRODUCT', message)
  }
  if (others.length > 0) throw notSupported(others)
}

const PRODUCTS_NAMED_MAX = 20

function notSupported(products: string[]): PlaidFault {
  const list = JSON.stringify(products.slice(0, PRODUCTS_NAMED_MAX))
  const message = `the following products are not supported by this institution: ${list}`
  return new PlaidFault('PRODUCTS_NOT_SUPPORTED', message)
}

function supported(institution: Institution): Modelled[] {
  return PRODUCTS.filter((product) => institution.products.includes(product))
}

/** Consent to transactions covers what is derived from them; balance is always covered. */
function isConsented(product: string, consented: readonly string[]): boolean {
  if (product === 'balance' || consented.includes(product)) return true
  const need = NEEDS[product as Modelled]
  return need !== undefined && consented.includes(need)
}

const WITHOUT: Readonly<Record<string, string>> = {
  auth: 'NO_AUTH_ACCOUNTS',
  investments: 'NO_INVESTMENT_ACCOUNTS',
  liabilities: 'NO_LIABILITY_ACCOUNTS',
}

function hasAccounts(product: string, { accounts }: Holder): boolean {
  const test = ABOUT[product]
  return test === undefined || accounts().some(test)
}

type Kind = Pick<AccountBase, 'subtype'> & { type: `${AccountType}` }

const ABOUT: Readonly<Record<string, (account: Kind) => boolean>> = {
  auth: isAuth,
  investments: isInvestment,
  liabilities: isLiability,
}

const AUTH_SUBTYPES: ReadonlySet<unknown> = new Set(['checking', 'savings', 'cash management'])
/** Plaid's own three kinds, and the loans and lines of credit that it added in 2026. */
const LIABILITIES: Readonly<Record<string, ReadonlySet<unknown>>> = {
  credit: new Set(['credit card', 'paypal', 'charge card']),
  loan: new Set([
    'auto',
    'business',
    'commercial',
    'commercial line of credit',
    'consumer',
    'construction',
    'general',
    'home equity',
    'home equity loan',
    'installment',
    'line of credit',
    'loan',
    'mortgage',
    'other',
    'overdraft',
    'student',
  ]),
}

export function isDeposit({ type }: Kind): boolean {
  return type === 'depository'
}

export function isAuth({ type, subtype }: Kind): boolean {
  return type === 'depository' && AUTH_SUBTYPES.has(subtype)
}

export function isInvestment({ type }: Kind): boolean {
  return type === 'investment' || type === 'brokerage'
}

export function isLiability({ type, subtype }: Kind): boolean {
  return LIABILITIES[type]?.has(subtype) === true
}
