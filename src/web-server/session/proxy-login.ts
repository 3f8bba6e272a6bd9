// A proxy that logs people in vouches for them by a signed assertion: signature, issuer, audience
// and time are checked against its keys. A header that names a user and is not signed is not taken,
// from whatever address it comes.
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { ConfigError, messageOf, TransientError } from '../../std/errors.ts'
import { type Role, roles } from '../shapes.ts'

export interface ProxyLogin {
  header: string
  identify(assertion: string): Promise<Identity>
}

export interface Identity {
  email: string
  name: string
  /** By one of its groups; undefined where none says so. */
  role: Role | undefined
}

export interface ProxyLoginOptions {
  jwks: URL
  issuer: string
  audience: string
  header: string
}

/** Asymmetric ones: a secret that both sides know is no proof of who signed. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA']
const keysMsMax = 5_000
const nameCharsMax = 200

export function proxyLogin(options: ProxyLoginOptions): ProxyLogin {
  const { jwks, issuer, audience } = options
  const keys = createRemoteJWKSet(jwks, { timeoutDuration: keysMsMax })
  return {
    header: options.header.toLowerCase(),
    identify: async (assertion) => {
      const token = assertion.replace(/^bearer +/i, '')
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
      }).catch(refused)
      return identityOf(payload)
    },
  }
}

function refused(cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (!code.startsWith('ERR_J') || code === 'ERR_JWKS_TIMEOUT') {
    const sentence = `the proxy’s keys cannot be read (${messageOf(cause)}): see TARTAN_WEB_JWKS`
    throw new TransientError('PROXY_KEYS_UNREADABLE', sentence, { cause })
  }
  const sentence = `the proxy’s assertion does not hold: ${messageOf(cause)}`
  throw new ConfigError('ASSERTION_REFUSED', sentence, { status: 401, cause })
}

/** A group `tartan-operator`, or a role of that name, makes an operator. */
function identityOf(payload: JWTPayload): Identity {
  const email = payload['email']
  if (typeof email !== 'string' || !email.includes('@') || payload['email_verified'] === false) {
    const sentence = 'the proxy’s assertion names no e-mail address'
    throw new ConfigError('ASSERTION_REFUSED', sentence, { status: 401 })
  }
  const groups = ['groups', 'roles'].flatMap((claim) => payload[claim] ?? [])
  const role = roles.findLast((role) => groups.includes(`tartan-${role}`))
  const name = typeof payload['name'] === 'string' ? payload['name'] : email
  return { email: email.toLowerCase(), name: name.slice(0, nameCharsMax), role }
}
