// Plaid as a signer of webhooks: its keys behind /webhook_verification_key/get over real HTTP, and
// whatever a test wants to be signed, well or badly.
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { systemClock } from '../../src/std/clock.ts'
import type { Caller } from './http.ts'

export interface Signing {
  kid?: string
  /** What is signed, where it is not what is sent. */
  signed?: string
  /** Seconds before now. */
  age?: number
  /** Whom a proxy before us names as the sender. */
  from?: string
  key?: KeyObject
}

export class WebhookSigner implements AsyncDisposable {
  /** Key ids that were asked for. */
  readonly asked: string[] = []
  /** Seconds since the epoch. */
  expiredAt: number | null = null
  /** What is answered instead of a key. */
  trouble: { status: number; body: object } | undefined
  readonly #keys = new Map<string, { private: KeyObject; public: KeyObject }>()
  readonly #dropped = new Set<string>()
  readonly #server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { key_id: kid = '' } = JSON.parse(Buffer.concat(pieces).toString()) as {
        key_id?: string
      }
      const { status, body } = this.#answer(request.url ?? '', kid)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })

  static async start(): Promise<WebhookSigner> {
    const signer = new WebhookSigner()
    signer.add('key-1')
    signer.#server.listen(0, '127.0.0.1')
    await once(signer.#server, 'listening')
    return signer
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  add(kid: string): void {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#keys.set(kid, { private: privateKey, public: publicKey })
  }

  /** Plaid knows it no more; what it signed is signed. */
  drop(kid: string): void {
    this.#dropped.add(kid)
  }

  async token(body: string, { kid = 'key-1', signed = body, age = 0, key }: Signing = {}) {
    const hash = createHash('sha256').update(signed).digest('hex')
    const own = this.#keys.get(kid)?.private ?? this.#keys.get('key-1')?.private
    return new SignJWT({ request_body_sha256: hash })
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
      .setIssuedAt(Math.floor(systemClock.now() / 1_000) - age)
      .sign(key ?? (own as KeyObject))
  }

  /** Signs and sends; answers what came back, with its code where it is refused. */
  async send(caller: Caller, body: object | string, signing: Signing = {}, token?: string) {
    const text = typeof body === 'string' ? body : JSON.stringify(body, null, 2)
    const given = token ?? (await this.token(text, signing))
    const { from } = signing
    const headers = {
      'Plaid-Verification': given,
      ...(from === undefined ? {} : { 'X-Forwarded-For': from }),
    }
    const options = { method: 'POST', headers, body: text }
    const { status, body: answer, headers: told } = await caller.bare('/webhooks/plaid', options)
    return { status, code: status === 200 ? undefined : answer.error.code, headers: told }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #answer(path: string, kid: string): { status: number; body: object } {
    if (path !== '/webhook_verification_key/get') return { status: 404, body: {} }
    this.asked.push(kid)
    if (this.trouble) return this.trouble
    const key = this.#keys.get(kid)
    if (!key || this.#dropped.has(kid)) {
      const error_code = 'INVALID_WEBHOOK_VERIFICATION_KEY_ID'
      return { status: 400, body: { error_type: 'INVALID_INPUT', error_code } }
    }
    const jwk = key.public.export({ format: 'jwk' })
    const rest = { alg: 'ES256', use: 'sig', kid, created_at: 1, expired_at: this.expiredAt }
    return { status: 200, body: { key: { ...jwk, ...rest }, request_id: 'r' } }
  }
}

export function webhook(code: string, more: object = {}): object {
  const type = code === 'SYNC_UPDATES_AVAILABLE' ? 'TRANSACTIONS' : 'ITEM'
  return { webhook_type: type, webhook_code: code, environment: 'sandbox', ...more }
}
