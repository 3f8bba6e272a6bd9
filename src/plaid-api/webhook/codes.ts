// What each webhook leads to. A code is Plaid's; docs/webhooks.md has this table, which a test
// makes from this file. What is not in it is kept and shown, and nothing follows.

/** `pull`: its Item is asked now. `item`: what it says of the Item is noted first. */
export type Act = 'pull' | 'item' | 'link' | 'none'

export interface Code {
  act: Act
  doc: string
}

const PULLED = 'the Item is pulled at once'
const BY_SYNC = 'nothing: SYNC_UPDATES_AVAILABLE comes too'

/** By type and code. */
export const codes: Readonly<Record<string, Readonly<Record<string, Code>>>> = {
  TRANSACTIONS: {
    SYNC_UPDATES_AVAILABLE: { act: 'pull', doc: PULLED },
    RECURRING_TRANSACTIONS_UPDATE: { act: 'pull', doc: PULLED },
    INITIAL_UPDATE: { act: 'none', doc: BY_SYNC },
    HISTORICAL_UPDATE: { act: 'none', doc: BY_SYNC },
    DEFAULT_UPDATE: { act: 'none', doc: BY_SYNC },
    TRANSACTIONS_REMOVED: { act: 'none', doc: BY_SYNC },
  },
  ITEM: {
    ERROR: { act: 'item', doc: 'what failed is noted; a pull looks whether it still does' },
    LOGIN_REPAIRED: { act: 'item', doc: 'the failure is forgotten, and the Item pulled at once' },
    PENDING_EXPIRATION: { act: 'item', doc: 'the day on which the consent ends is noted' },
    PENDING_DISCONNECT: { act: 'item', doc: 'the day on which the bank ends the login is noted' },
    USER_PERMISSION_REVOKED: { act: 'item', doc: 'it is noted; a pull looks whether it holds' },
    USER_ACCOUNT_REVOKED: { act: 'pull', doc: `${PULLED}, which closes the account` },
    NEW_ACCOUNTS_AVAILABLE: { act: 'item', doc: 'it is noted that the bank has new accounts' },
    WEBHOOK_UPDATE_ACKNOWLEDGED: { act: 'none', doc: 'nothing: Plaid has the address' },
  },
  HOLDINGS: { DEFAULT_UPDATE: { act: 'pull', doc: PULLED } },
  INVESTMENTS_TRANSACTIONS: {
    DEFAULT_UPDATE: { act: 'pull', doc: PULLED },
    HISTORICAL_UPDATE: { act: 'pull', doc: PULLED },
  },
  LIABILITIES: { DEFAULT_UPDATE: { act: 'pull', doc: PULLED } },
  IDENTITY: { DEFAULT_UPDATE: { act: 'pull', doc: PULLED } },
  LINK: {
    SESSION_FINISHED: { act: 'link', doc: 'Plaid is asked what the person did' },
    ITEM_ADD_RESULT: { act: 'link', doc: 'Plaid is asked what the person did' },
    EVENTS: { act: 'none', doc: 'nothing: it is the person’s way through Link’s page' },
  },
}

export function codeOf(type: string, code: string): Code | undefined {
  const ofType = Object.hasOwn(codes, type) ? codes[type] : undefined
  return ofType && Object.hasOwn(ofType, code) ? ofType[code] : undefined
}
