// A plaid-api that really listens, and a caller with its key: tests speak to it as anybody would.
import { request } from 'node:http'
import { registerApiKey } from '../../src/plaid-api/auth.ts'
import type { PlaidApi } from '../../src/plaid-api/service.ts'
import { randomToken } from '../../src/std/ids.ts'
import { Secret } from '../../src/std/secrets.ts'
import { Document, type OpenApi } from './document.ts'

export interface Answer<T = Record<string, unknown>> {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** The parsed body; of an NDJSON answer, undefined. */
  body: T
}

export interface CallOptions {
  method?: string
  headers?: Record<string, string>
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown
}

export interface Caller {
  port: number
  key: string
  /** Everything that was ever answered, for those who look for what must not be there. */
  heard: string[]
  /** What every answer is held to. */
  document: Document
  /** With the key. */
  call<T = Record<string, unknown>>(path: string, options?: CallOptions): Promise<Answer<T>>
  /** Without any. */
  bare(path: string, options?: CallOptions): Promise<Answer<Failure>>
}

export interface Failure {
  error: { code: string; message: string; field?: string }
}

/** `judged` false: what the test put into the store is no bank's, so it fits no shape. */
export async function serve(api: PlaidApi, { judged = true } = {}): Promise<Caller> {
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const address = api.app.server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const key = randomToken('tartan_')
  await registerApiKey(api.context.pool, 'test', new Secret(key))
  const heard: string[] = []
  const headers = { authorization: `Bearer ${key}` }
  const told = await exchange(port, '/openapi.json', { headers })
  const document = new Document(told.body as unknown as OpenApi)
  const send = async (path: string, options: CallOptions): Promise<Answer> => {
    const answer = await exchange(port, path, options)
    heard.push(JSON.stringify(answer.headers) + answer.text)
    const { status, text } = answer
    const type = String(answer.headers['content-type'])
    if (judged) document.judge({ method: options.method ?? 'GET', path, status, type, text })
    return answer
  }
  return {
    port,
    key,
    heard,
    document,
    call: async (path, { headers, ...options } = {}) =>
      (await send(path, {
        ...options,
        headers: { authorization: `Bearer ${key}`, ...headers },
      })) as Answer<never>,
    bare: async (path, options = {}) => (await send(path, options)) as unknown as Answer<Failure>,
  }
}

/** Not fetch: that neither lets a test choose the Host nor sends a damaged path as it is. */
function exchange(port: number, path: string, options: CallOptions): Promise<Answer> {
  const { method = 'GET', body } = options
  const content = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  const type = content === undefined ? {} : { 'content-type': 'application/json' }
  const headers = { ...type, ...options.headers }
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('error', reject)
      response.on('end', () => {
        const json = response.headers['content-type']?.startsWith('application/json') ?? false
        const parsed = json && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {}
        const { statusCode: status = 0, headers: got } = response
        resolve({ status, headers: got, text, body: parsed })
      })
    })
    sent.on('error', reject)
    sent.end(content)
  })
}
