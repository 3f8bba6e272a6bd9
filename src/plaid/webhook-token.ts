// A webhook's signature, as plaid.com/docs/api/webhooks/webhook-verification has it: the header
// `Plaid-Verification` is a JWT, ES256 and nothing else, at most five minutes old, that holds the
// hash of the body. It is judged before a byte of the body is read.
import { createHash } from 'node:crypto'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { ConfigError } from '../std/errors.ts'
import { equalInConstantTime } from '../std/secrets.ts'
import type { WebhookKey, WebhookKeys } from './webhook-keys.ts'

export interface WebhookToken {
  /** Hexadecimal SHA-256 of the body's bytes. */
  bodyHash: string
  /** Of what is signed: another signature of the same is the same webhook. */
  tokenHash: string
}

/** A token is a few hundred characters. */
const tokenCharsMax = 4_096
const ageSecondsMax = 300
/** Our clock may be behind Plaid's by so much. */
const aheadSecondsMax = 60

/**
 * `from`: who sends it. Rejects with a ConfigError of status 401; with a TransientError where no
 * key can be had now.
 */
export async function readWebhookToken(
  keys: WebhookKeys,
  token: string | undefined,
  from: string,
  nowMs: number,
): Promise<WebhookToken> {
  if (token === undefined || token.length > tokenCharsMax) {
    throw refused('WEBHOOK_UNSIGNED', 'it has no Plaid-Verification that could be Plaid’s')
  }
  const found = await keys.find(kidOf(token), from)
  const { iat, request_body_sha256: bodyHash } = await claimsOf(token, keyOf(found, nowMs))
  const age = typeof iat === 'number' ? nowMs / 1_000 - iat : Number.NaN
  if (Number.isNaN(age) || age > ageSecondsMax) {
    throw refused('WEBHOOK_OLD', `it was signed more than ${ageSecondsMax} seconds ago`)
  }
  if (age < -aheadSecondsMax) {
    const sentence = `it was signed ${Math.round(-age)} seconds from now: the clock here is behind`
    throw refused('WEBHOOK_AHEAD', sentence)
  }
  if (typeof bodyHash !== 'string') throw invalid()
  return { bodyHash, tokenHash: sha256(token.slice(0, token.lastIndexOf('.'))) }
}

/** Throws where the body is not the one that was signed. */
export function requireSignedBody(body: Buffer, { bodyHash }: WebhookToken): void {
  if (equalInConstantTime(sha256(body), bodyHash)) return
  throw refused('WEBHOOK_ALTERED', 'its body is not the one that was signed')
}

function kidOf(token: string): string {
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    if (alg === 'ES256' && kid !== undefined && /^[\w-]{1,100}$/.test(kid)) return kid
  } catch {
    // told below
  }
  throw invalid()
}

function keyOf({ key, expiredAt }: WebhookKey, nowMs: number) {
  if (key === undefined) throw refused('WEBHOOK_KEY_UNKNOWN', 'Plaid knows no such signing key')
  if (expiredAt === null || expiredAt > nowMs) return key
  throw refused('WEBHOOK_KEY_EXPIRED', 'its signing key has expired')
}

async function claimsOf(token: string, key: ReturnType<typeof keyOf>) {
  try {
    const tolerance = { clockTolerance: aheadSecondsMax }
    return (await jwtVerify(token, key, { algorithms: ['ES256'], ...tolerance })).payload
  } catch {
    throw invalid()
  }
}

function invalid(): ConfigError {
  return refused('WEBHOOK_SIGNATURE_INVALID', 'its Plaid-Verification is not signed by Plaid')
}

function refused(code: string, why: string): ConfigError {
  return new ConfigError(code, `this webhook is refused: ${why}`, { status: 401 })
}

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}
