// Tokens in Plaid's shapes. Only their hashes are kept; the public token of a Link session follows
// from its link token, so that it can be told again without being stored (L5).
import { uuid } from '../../../../src/std/ids.ts'
import { hashToken } from '../../../../src/std/secrets.ts'
import { PlaidFault } from '../fault.ts'
import { idAt, keyOf } from '../world/random.ts'

/** The environment that the emulator's tokens name: clients treat it as Plaid's Sandbox. */
export const TOKEN_ENVIRONMENT = 'sandbox'

type TokenKind = 'access' | 'public' | 'link'

const FAULTS = {
  access: 'INVALID_ACCESS_TOKEN',
  public: 'INVALID_PUBLIC_TOKEN',
  link: 'INVALID_LINK_TOKEN',
} as const

export function newToken(kind: TokenKind): string {
  return `${kind}-${TOKEN_ENVIRONMENT}-${uuid()}`
}

/** Of the session's n-th Item. */
export function publicTokenOf(linkToken: string, sessionId: string, n = 0): string {
  const hash = hashToken(`${linkToken}/${sessionId}/${n}`)
  const cut = [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20)]
  return `public-${TOKEN_ENVIRONMENT}-${cut.join('-')}-${hash.slice(20, 32)}`
}

/** Plaid's id of the application's user: the same user is the same. */
export function userIdOf(clientUserId: string | undefined): string | null {
  if (clientUserId === undefined) return null
  return `usr_${idAt(keyOf(`users/${clientUserId}`), 0).slice(0, USER_ID_LENGTH)}`
}

const USER_ID_LENGTH = 14

/** The token's hash, by which it is found; a token of another shape or place says so. */
export function checkedHash(kind: TokenKind, token: string): string {
  const [, found, environment] = /^([a-z]+)-([a-z]+)-[0-9a-f-]{36}$/.exec(token) ?? []
  if (found !== kind) {
    throw new PlaidFault(
      FAULTS[kind],
      `provided ${kind} token is in an invalid format. ` +
        `expected format: ${kind}-<environment>-<identifier>`,
    )
  }
  if (environment !== TOKEN_ENVIRONMENT) {
    throw new PlaidFault(
      FAULTS[kind],
      `provided ${kind} token is for the wrong Plaid environment. ` +
        `expected "${TOKEN_ENVIRONMENT}", got "${environment}"`,
    )
  }
  return hashToken(token)
}
