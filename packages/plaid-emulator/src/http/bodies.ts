// Plaid's objects for Items and institutions, as answers show them.
import type {
  AccountBase,
  ItemGetResponse,
  ItemWithConsentFields,
  Institution as PlaidInstitution,
} from 'plaid'
import { degradedFailures } from '../bank/health.ts'
import type { ItemRecord } from '../bank/state.ts'
import { PlaidFault } from '../fault.ts'
import { checkProduct, type Modelled, productsOf } from '../products/product.ts'
import { instantText } from '../world/calendar.ts'
import { type Institution, institutionById } from '../world/institutions.ts'
import { logoOf } from '../world/logo.ts'
import type { Context } from '../context.ts'

type ItemBody = ItemWithConsentFields

/** The Item inside other answers. */
export function itemBody(context: Context, item: ItemRecord): ItemBody {
  const error = item.error === null ? null : new PlaidFault(item.error).body('')
  const products = productsOf(context.bank.holder(item))
  const body = {
    auth_method: null,
    available_products: products.available,
    billed_products: products.billed,
    consent_expiration_time:
      item.consentExpiresAt === null ? null : instantText(item.consentExpiresAt),
    consented_products: products.consented,
    error: error && { ...error, request_id: undefined, status: 400 },
    institution_id: item.institutionId,
    institution_name: institutionById(item.institutionId)?.name ?? null,
    item_id: item.itemId,
    products: products.billed,
    update_type: 'background',
    webhook: item.webhook,
  }
  return body as unknown as ItemBody
}

export function itemAnswer(
  context: Context,
  item: ItemRecord,
): Omit<ItemGetResponse, 'request_id'> {
  const ledger = context.bank.ledger(item)
  const updatedAt = ledger === null || ledger.readiness === 'NOT_READY' ? null : ledger.pulledAt
  return {
    item: {
      ...itemBody(context, item),
      consented_use_cases: [],
      created_at: instantText(item.createdAt),
    },
    status: {
      investments: item.products.includes('investments')
        ? updated(context.bank.look(item).at)
        : null,
      last_webhook: item.lastWebhook && {
        code_sent: item.lastWebhook.code,
        sent_at: instantText(item.lastWebhook.at),
      },
      transactions: updated(updatedAt),
    },
  }
}

function updated(at: number | null) {
  return { last_failed_update: null, last_successful_update: at === null ? null : instantText(at) }
}

export function accountsAnswer(
  context: Context,
  item: ItemRecord,
  only: string[] | undefined,
  accounts = context.bank.accounts(item),
): { accounts: AccountBase[]; item: ItemBody } {
  const known = new Set(accounts.map((account) => account.account_id))
  if (only?.some((id) => !known.has(id)) === true) throw new PlaidFault('INVALID_ACCOUNT_ID')
  return {
    accounts: accounts.filter((account) => only?.includes(account.account_id) ?? true),
    item: itemBody(context, item),
  }
}

export function institutionBody(
  { health }: Context,
  institution: Institution,
  options: {
    include_optional_metadata?: boolean
    include_status?: boolean
    include_auth_metadata?: boolean | null
    include_payment_initiation_metadata?: boolean | null
  },
): PlaidInstitution {
  const body = {
    connection_availability: institution.refuses === null ? 'SUPPORTED' : 'NOT_SUPPORTED',
    country_codes: [institution.country],
    dtc_numbers: [],
    institution_id: institution.id,
    name: institution.name,
    oauth: institution.oauth,
    products: institution.products,
    routing_numbers: institution.routingNumbers,
    ...(options.include_optional_metadata === true
      ? { logo: logoOf(institution), primary_color: institution.primaryColor, url: institution.url }
      : {}),
    ...(options.include_auth_metadata === true ? { auth_metadata: authMetadata(institution) } : {}),
    // no payment is initiated here, at no institution
    ...(options.include_payment_initiation_metadata === true
      ? { payment_initiation_metadata: null }
      : {}),
    ...(options.include_status === true ? { status: statusBody(health.of(institution.id)) } : {}),
  }
  return body as unknown as PlaidInstitution
}

/** When the institutions began, as far as anybody remembers. */
const LONG_AGO = '2020-01-01T00:00:00Z'

type HealthOf = ReturnType<Context['health']['of']>

function statusBody({ status, since }: HealthOf): object {
  const failing = { HEALTHY: 0, DEGRADED: degradedFailures, DOWN: 1 }[status]
  const product = {
    status,
    last_status_change: since === null ? LONG_AGO : instantText(since),
    breakdown: { success: 1 - failing, error_plaid: 0, error_institution: failing },
  }
  const updates = { ...product, breakdown: { ...product.breakdown, refresh_interval: 'NORMAL' } }
  return {
    auth: product,
    health_incidents: null,
    identity: product,
    investments: product,
    investments_updates: updates,
    item_logins: product,
    liabilities: product,
    liabilities_updates: updates,
    transactions_updates: updates,
  }
}

function authMetadata(institution: Institution): object {
  return {
    supported_methods: {
      automated_micro_deposits: false,
      instant_auth: institution.products.includes('auth'),
      instant_match: false,
      instant_micro_deposits: false,
    },
  }
}

/** Nothing of an Item is told while its login does not work. */
export function checkLogin(item: ItemRecord): void {
  if (item.error !== null) throw new PlaidFault(item.error)
}

/**
 * Lets an endpoint of this product answer, and bills the product where this is its first use; else
 * throws what Plaid answers.
 */
export async function requireProduct(
  { bank }: Context,
  item: ItemRecord,
  product: Modelled,
): Promise<void> {
  checkLogin(item)
  checkProduct(product, bank.holder(item))
  await bank.bill(item, product)
}
