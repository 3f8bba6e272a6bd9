// The webhooks that /sandbox/item/fire_webhook sends: true in form and in the ids that they name;
// nothing happens at the bank.
import type { AccountBase } from 'plaid'
import type { ItemRecord } from '../bank/state.ts'
import { PlaidFault } from '../fault.ts'
import type { Readiness } from '../item/ledger.ts'
import { isModelled } from '../products/product.ts'
import { DAY_MS } from '../world/calendar.ts'
import {
  itemError,
  loginRepaired,
  newAccountsAvailable,
  pendingDisconnect,
  syncUpdatesAvailable,
  transactionsUpdate,
  userAccountRevoked,
  userPermissionRevoked,
  type WebhookPayload,
} from './payloads.ts'

/** What the webhook is about. */
export interface FiredScene {
  item: ItemRecord
  accounts: readonly AccountBase[]
  readiness: Readiness
  now: number
  /** Said to be new, of transactions. */
  newTransactions: number
}

interface Fired {
  type: string
  /** What the Item must be billed for. */
  product?: string
  payload(scene: FiredScene): Omit<WebhookPayload, 'webhook_type' | 'webhook_code'>
}

/** The webhooks of each code; the first one is meant where no type is given. */
const FIRED = {
  DEFAULT_UPDATE: [
    {
      type: 'TRANSACTIONS',
      product: 'transactions',
      payload: ({ newTransactions }) => transactionsUpdate('DEFAULT_UPDATE', newTransactions),
    },
    {
      type: 'AUTH',
      product: 'auth',
      payload: ({ accounts }) => ({
        account_ids_with_new_auth: [],
        account_ids_with_updated_auth: { [idOf(accounts, 'depository')]: ['ACCOUNT_NUMBER'] },
        error: null,
      }),
    },
    {
      type: 'IDENTITY',
      product: 'identity',
      payload: ({ accounts }) => ({
        account_ids_with_updated_identity: { [idOf(accounts, 'depository')]: ['ADDRESSES'] },
        error: null,
      }),
    },
    {
      type: 'HOLDINGS',
      product: 'investments',
      payload: () => ({ error: null, new_holdings: 0, updated_holdings: 0 }),
    },
    {
      type: 'INVESTMENTS_TRANSACTIONS',
      product: 'investments',
      payload: () => ({
        cancelled_investments_transactions: 0,
        error: null,
        new_investments_transactions: 0,
      }),
    },
    {
      type: 'LIABILITIES',
      product: 'liabilities',
      payload: ({ accounts }) => ({
        account_ids_with_new_liabilities: [],
        account_ids_with_updated_liabilities: { [idOf(accounts, 'credit')]: ['past_amount_due'] },
        error: null,
      }),
    },
  ],
  SYNC_UPDATES_AVAILABLE: [
    {
      type: 'TRANSACTIONS',
      product: 'transactions',
      payload: ({ readiness }) =>
        syncUpdatesAvailable({
          initial: readiness !== 'NOT_READY',
          historical: readiness === 'HISTORICAL_UPDATE_COMPLETE',
        }),
    },
  ],
  RECURRING_TRANSACTIONS_UPDATE: [
    {
      type: 'TRANSACTIONS',
      product: 'transactions',
      payload: ({ accounts }) => ({
        account_ids: idsOf(accounts, ['depository', 'credit', 'loan']),
      }),
    },
  ],
  NEW_ACCOUNTS_AVAILABLE: [{ type: 'ITEM', payload: newAccountsAvailable }],
  LOGIN_REPAIRED: [{ type: 'ITEM', payload: loginRepaired }],
  PENDING_DISCONNECT: [
    {
      type: 'ITEM',
      payload: ({ now }) =>
        pendingDisconnect({ reason: 'INSTITUTION_MIGRATION', at: now + 7 * DAY_MS }),
    },
  ],
  USER_PERMISSION_REVOKED: [{ type: 'ITEM', payload: userPermissionRevoked }],
  USER_ACCOUNT_REVOKED: [
    { type: 'ITEM', payload: ({ accounts }) => userAccountRevoked(idOf(accounts, 'depository')) },
  ],
  SMS_MICRODEPOSITS_VERIFICATION: [
    {
      type: 'AUTH',
      payload: ({ accounts }) => ({
        account_id: idOf(accounts, 'depository'),
        status: 'MANUALLY_VERIFIED',
      }),
    },
  ],
  PRODUCT_READY: [{ type: 'ASSETS', product: 'assets', payload: () => ({}) }],
  ERROR: [
    { type: 'ASSETS', product: 'assets', payload: () => ({}) },
    {
      type: 'ITEM',
      payload: ({ item }) => itemError({ ...item, error: 'ITEM_LOGIN_REQUIRED' }),
    },
  ],
} satisfies Record<string, Fired[]>

export type FiredCode = keyof typeof FIRED
export const FIRED_CODES = Object.keys(FIRED) as FiredCode[]
export const FIRED_TYPES = [
  ...new Set(
    Object.values(FIRED)
      .flat()
      .map(({ type }) => type),
  ),
]

/** The webhook of this code and type, or what Plaid says against it. */
export function firedPayload(
  scene: FiredScene,
  code: FiredCode,
  type: string | undefined,
): WebhookPayload {
  const candidates: Fired[] = FIRED[code]
  const fired = candidates.find((each) => type === undefined || each.type === type)
  if (fired === undefined || scene.item.webhook === null) {
    throw new PlaidFault('SANDBOX_WEBHOOK_INVALID')
  }
  // nor where the Item has it and it is not modelled: there is nothing to tell of
  if (fired.product !== undefined && !isThere(fired.product, scene.item)) {
    const message = `The ${fired.product} product is not enabled on this item`
    throw new PlaidFault('SANDBOX_PRODUCT_NOT_ENABLED', message)
  }
  return { webhook_type: fired.type, webhook_code: code, ...fired.payload(scene) }
}

function isThere(product: string, { products }: ItemRecord): boolean {
  return isModelled(product) && products.includes(product)
}

function idsOf(accounts: readonly AccountBase[], types: readonly string[]): string[] {
  return accounts.filter(({ type }) => types.includes(type)).map(({ account_id }) => account_id)
}

/** An account of this kind, or any. */
function idOf(accounts: readonly AccountBase[], type: string): string {
  return idsOf(accounts, [type])[0] ?? accounts[0]?.account_id ?? ''
}
