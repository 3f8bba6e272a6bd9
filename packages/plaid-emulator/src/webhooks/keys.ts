// The keys that webhooks are signed with. Verifiers judge them by the machine's clock, so their
// times are the machine's; how long a key serves is the world's time, as everything here is.
// Private keys stay in the state file, which is its owner's alone (L5).
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { JWKPublicKey } from 'plaid'
import type { Clock } from '../../../../src/std/clock.ts'
import { must } from '../../../../src/std/errors.ts'
import { uuid } from '../../../../src/std/ids.ts'
import type { WorldClock } from '../bank/clock.ts'
import type { StateStore, WebhookKeyRecord } from '../bank/state.ts'
import { DAY_MS } from '../world/calendar.ts'

/** Away from the main thread, which has the deliveries to do. */
const signed = promisify(sign)

/** A key signs for this long, unless it is replaced before. */
const keyServesMs = 30 * DAY_MS
/** Keys that are remembered: a verifier may still ask for one that signs no more. */
const keysMax = 100

/** Plaid's Sandbox has a key under this id for whoever asks; its clients' own tests do. */
const SANDBOX_KEY_ID = '6c5516e1-92dc-479e-a8ff-5a51992e0001'

export class WebhookKeys {
  readonly #store: StateStore
  readonly #clock: WorldClock
  readonly #machine: Clock
  /** Signs nothing: an id that outlives a restart would lead whoever keeps keys to a wrong one. */
  readonly #sandboxKey: JWKPublicKey
  #signing: { kid: string; key: KeyObject } | undefined

  constructor(options: { store: StateStore; clock: WorldClock; machine: Clock }) {
    this.#store = options.store
    this.#clock = options.clock
    this.#machine = options.machine
    if (this.#store.state.webhookKeys.length === 0) this.rotate()
    const times = { createdAt: this.#seconds(), expiredAt: null }
    this.#sandboxKey = jwkOf({ kid: SANDBOX_KEY_ID, ...newKeyPair(), ...times })
  }

  /** The instant from which another key signs. */
  get rotatesAt(): number {
    return this.#current().servesFrom + keyServesMs
  }

  /** A new key signs from now on; the one before expires. The caller saves. */
  rotate(): string {
    const { state } = this.#store
    const createdAt = this.#seconds()
    for (const key of state.webhookKeys) key.expiredAt ??= createdAt
    const key: WebhookKeyRecord = {
      kid: uuid(),
      ...newKeyPair(),
      servesFrom: this.#clock.now(),
      createdAt,
      expiredAt: null,
    }
    state.webhookKeys = [...state.webhookKeys.slice(-keysMax + 1), key]
    return key.kid
  }

  /** The JWT of one request: what `Plaid-Verification` carries. */
  async sign(body: string): Promise<string> {
    const { kid, key } = this.#signer()
    const claims = {
      iat: this.#seconds(),
      request_body_sha256: createHash('sha256').update(body).digest('hex'),
    }
    const text = `${encode({ alg: 'ES256', kid, typ: 'JWT' })}.${encode(claims)}`
    const signature = await signed('sha256', Buffer.from(text), {
      key,
      dsaEncoding: 'ieee-p1363',
    })
    return `${text}.${signature.toString('base64url')}`
  }

  publicKey(kid: string): JWKPublicKey | undefined {
    if (kid === SANDBOX_KEY_ID) return this.#sandboxKey
    const key = this.#store.state.webhookKeys.find((each) => each.kid === kid)
    return key && jwkOf(key)
  }

  #current(): WebhookKeyRecord {
    return must(this.#store.state.webhookKeys.at(-1), 'there is always a key')
  }

  #signer(): { kid: string; key: KeyObject } {
    const { kid, x, y, d } = this.#current()
    if (this.#signing?.kid !== kid) {
      const jwk = { kty: 'EC', crv: 'P-256', x, y, d }
      this.#signing = { kid, key: createPrivateKey({ key: jwk, format: 'jwk' }) }
    }
    return this.#signing
  }

  #seconds(): number {
    return Math.floor(this.#machine.now() / 1000)
  }
}

function newKeyPair(): Pick<WebhookKeyRecord, 'x' | 'y' | 'd'> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y, d } = privateKey.export({ format: 'jwk' })
  return {
    x: must(x, 'a key on P-256 has an x'),
    y: must(y, 'a key on P-256 has a y'),
    d: must(d, 'a private key has a d'),
  }
}

/** The public part, as Plaid gives it. */
function jwkOf(key: Omit<WebhookKeyRecord, 'd' | 'servesFrom'>): JWKPublicKey {
  return {
    alg: 'ES256',
    created_at: key.createdAt,
    crv: 'P-256',
    expired_at: key.expiredAt,
    kid: key.kid,
    kty: 'EC',
    use: 'sig',
    x: key.x,
    y: key.y,
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
