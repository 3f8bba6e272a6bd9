// The one place that makes randomness (a test in tidy.test.ts holds that).
import { randomBytes, randomInt, randomUUID } from 'node:crypto'

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export function uuid(): string {
  return randomUUID()
}

/** A case-sensitive alphanumeric id, as Plaid's are. */
export function alphanumericId(length: number): string {
  let id = ''
  for (let i = 0; i < length; i++) id += ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]
  return id
}

/** A secret of 256 bits, URL-safe. */
export function randomToken(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** A fraction in [0, 1), for jitter. */
export function jitter(): number {
  return randomInt(2 ** 32) / 2 ** 32
}
