// Plaid's objects for Items and institutions, as answers show them.
import type { AccountBase, Institution, ItemGetResponse, ItemWithConsentFields } from 'plaid'
import type { ItemRecord } from '../bank/state.ts'
import { PlaidFault } from '../fault.ts'
import { instantText } from '../world/calendar.ts'
import { type Bank, bankById } from '../world/institutions.ts'
import type { Context } from './context.ts'

/** What this emulator models. */
const PRODUCTS = ['balance', 'transactions']

type ItemBody = ItemWithConsentFields

/** The Item inside other answers. */
function itemBody(item: ItemRecord): ItemBody {
  const error = item.error === null ? null : new PlaidFault(item.error).body('')
  const body = {
    auth_method: null,
    available_products: PRODUCTS.filter((product) => !item.products.includes(product)),
    billed_products: item.products,
    consent_expiration_time: null,
    error: error && { ...error, request_id: undefined, status: 400 },
    institution_id: item.bankId,
    institution_name: bankById(item.bankId)?.name ?? null,
    item_id: item.itemId,
    products: item.products,
    update_type: 'background',
    webhook: item.webhook,
  }
  return body as unknown as ItemBody
}

export function itemAnswer(
  { bank }: Context,
  item: ItemRecord,
): Omit<ItemGetResponse, 'request_id'> {
  const ledger = bank.ledger(item)
  const updatedAt = ledger === null || ledger.readiness === 'NOT_READY' ? null : ledger.pulledAt
  return {
    item: {
      ...itemBody(item),
      consented_products: item.products as NonNullable<ItemBody['consented_products']>,
      consented_use_cases: [],
      created_at: instantText(item.createdAt),
    },
    status: {
      investments: null,
      last_webhook: null,
      transactions: {
        last_failed_update: null,
        last_successful_update: updatedAt === null ? null : instantText(updatedAt),
      },
    },
  }
}

export function accountsAnswer(
  { bank }: Context,
  item: ItemRecord,
  only: string[] | undefined,
): { accounts: AccountBase[]; item: ItemBody } {
  const accounts = bank.accounts(item)
  const known = new Set(accounts.map((account) => account.account_id))
  if (only?.some((id) => !known.has(id)) === true) throw new PlaidFault('INVALID_ACCOUNT_ID')
  return {
    accounts: accounts.filter((account) => only?.includes(account.account_id) ?? true),
    item: itemBody(item),
  }
}

export function institutionBody(
  bank: Bank,
  options: { include_optional_metadata?: boolean; include_status?: boolean },
): Institution {
  const body = {
    country_codes: ['US'],
    dtc_numbers: [],
    institution_id: bank.id,
    name: bank.name,
    oauth: false,
    products: PRODUCTS,
    routing_numbers: bank.routingNumbers,
    ...(options.include_optional_metadata === true
      ? { logo: null, primary_color: bank.primaryColor, url: bank.url }
      : {}),
    ...(options.include_status === true ? { status: HEALTH } : {}),
  }
  return body as unknown as Institution
}

const HEALTHY = {
  status: 'HEALTHY',
  last_status_change: '2020-01-01T00:00:00Z',
  breakdown: { success: 1, error_plaid: 0, error_institution: 0 },
}
const HEALTH = { item_logins: HEALTHY, transactions_updates: HEALTHY }

/** Products that this emulator does not model are refused, not imitated. */
export function checkProducts(products: string[]): void {
  if (products.length === 0) {
    throw new PlaidFault('INVALID_FIELD', 'at least one product must be given')
  }
  const others = products.filter((product) => !PRODUCTS.includes(product))
  if (others.length > 0) {
    const list = JSON.stringify(others.slice(0, 20))
    throw new PlaidFault(
      'PRODUCTS_NOT_SUPPORTED',
      `the following products are not supported by this institution: ${list}`,
    )
  }
}

/** Nothing of an Item is told while its login does not work. */
export function checkLogin(item: ItemRecord): void {
  if (item.error !== null) throw new PlaidFault(item.error)
}
