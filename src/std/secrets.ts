// Secrets at rest and in memory (L5): a type that prints as dots, and AES-256-GCM with a key id, a
// random nonce and the owner's id as associated data, so that a sealed value moved to another row
// does not open.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { inspect } from 'node:util'
import { ConfigError } from './errors.ts'

const DOTS = '••••••'

export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The clear text. Call it where it leaves for its one reader, and nowhere else. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return DOTS
  }

  toJSON(): string {
    return DOTS
  }

  [inspect.custom](): string {
    return DOTS
  }
}

/**
 * A 256-bit key that seals, with the id that is stored beside what it sealed, and those before it,
 * which open what they sealed. Of one that is rotated while we run it is always the newest.
 */
export interface SealingKey {
  readonly id: string
  readonly bytes: Buffer
  /** Its own, and then of those before it. */
  readonly ids: readonly string[]
  /** The bytes of one of them. */
  find(id: string): Buffer | undefined
}

/** From the key's text: 32 bytes in base64, and on further lines those before it. */
export function sealingKey(text: string): SealingKey {
  const keys = new Map(
    text
      .trim()
      .split(/\s+/)
      .map((line) => {
        const bytes = keyBytes(line)
        return [idOf(bytes), bytes]
      }),
  )
  const [id = '', bytes = Buffer.alloc(0)] = [...keys][0] ?? []
  return { id, bytes, ids: [...keys.keys()], find: (one) => keys.get(one) }
}

/** A hash's beginning, which tells nothing. */
function idOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 8)
}

function keyBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== 32) {
    throw new ConfigError(
      'MASTER_KEY_INVALID',
      'the master key must be 32 bytes in base64; restore the key file from your backup',
    )
  }
  return bytes
}

export function newSealingKeyText(): string {
  return randomBytes(32).toString('base64')
}

/** `v1.<key id>.<nonce, tag and cipher text in base64url>`; `owner` is the associated data. */
export function seal(key: SealingKey, owner: string, clear: Secret): string {
  const nonce = randomBytes(12)
  const { bytes } = key // once: it may be rotated meanwhile
  const cipher = createCipheriv('aes-256-gcm', bytes, nonce)
  cipher.setAAD(Buffer.from(owner))
  const body = Buffer.concat([cipher.update(clear.reveal(), 'utf8'), cipher.final()])
  const packed = Buffer.concat([nonce, cipher.getAuthTag(), body])
  return `v1.${idOf(bytes)}.${packed.toString('base64url')}`
}

export function unseal(key: SealingKey, owner: string, sealed: string): Secret {
  const [version, keyId, body] = sealed.split('.')
  if (version !== 'v1' || body === undefined) {
    throw new ConfigError('SEALED_VALUE_INVALID', 'a sealed value is damaged; restore the database')
  }
  const bytes = key.find(keyId ?? '')
  if (bytes === undefined) {
    throw new ConfigError(
      'MASTER_KEY_WRONG',
      `a value was sealed with key ${keyId}, not with ${key.id}; restore the right key file`,
    )
  }
  const packed = Buffer.from(body, 'base64url')
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytes, packed.subarray(0, 12))
    decipher.setAAD(Buffer.from(owner))
    decipher.setAuthTag(packed.subarray(12, 28))
    const clear = Buffer.concat([decipher.update(packed.subarray(28)), decipher.final()])
    return new Secret(clear.toString('utf8'))
  } catch (cause) {
    throw new ConfigError('SEALED_VALUE_INVALID', 'a sealed value does not belong to its row', {
      cause,
    })
  }
}

/** For random tokens of 256 bits, where a slow hash would add nothing. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

export function equalInConstantTime(a: string, b: string): boolean {
  const left = createHash('sha256').update(a).digest()
  const right = createHash('sha256').update(b).digest()
  return timingSafeEqual(left, right)
}
