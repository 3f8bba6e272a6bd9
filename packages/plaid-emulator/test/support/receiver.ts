// An application's webhook endpoint: it verifies what it is sent exactly as Plaid documents, and
// answers as a test wants.
import { createHash } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose'
import type { BetaWebhookEventsListResponse } from 'plaid'
import { expect } from 'vitest'
import { type Bench, PLATYPUS } from './emulator.ts'

export interface Received {
  path: string
  body: Record<string, unknown> & { webhook_type: string; webhook_code: string }
  raw: string
  jwt: string
  headers: NodeJS.Dict<string | string[]>
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>

export async function startReceiver(
  answer: (response: ServerResponse, received: Received) => void = (response) => response.end(),
) {
  const received: Received[] = []
  let respond = answer
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString()
      const body = JSON.parse(raw) as Received['body']
      const jwt = String(request.headers['plaid-verification'])
      const one = { path: request.url ?? '', body, raw, jwt, headers: request.headers }
      received.push(one)
      respond(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${url}/webhook`,
    origin: url,
    received,
    /** As soon as so many have come. */
    until: async (count: number): Promise<Received[]> => {
      await expect.poll(() => received.length).toBeGreaterThanOrEqual(count)
      return received
    },
    codes: () => received.map(({ body }) => body.webhook_code),
    answerWith: (next: typeof answer) => {
      respond = next
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const SYNC = 'SYNC_UPDATES_AVAILABLE'

export function itemWith(bench: Bench, webhook: string, products = ['transactions']) {
  return bench.link(PLATYPUS, { webhook }, products)
}

/** What the emulator says that it sent. */
export async function events(
  bench: Bench,
  query: object = {},
): Promise<BetaWebhookEventsListResponse> {
  const answer = await bench.post<BetaWebhookEventsListResponse>('/beta/webhook_events/list', query)
  return answer.body
}

/** Step by step as plaid.com/docs/api/webhooks/webhook-verification says; throws what is wrong. */
export async function verify(bench: Bench, { jwt, raw }: Received): Promise<{ kid: string }> {
  const { alg, kid } = decodeProtectedHeader(jwt)
  if (alg !== 'ES256' || kid === undefined) throw new Error('not signed as Plaid signs')
  const answer = await bench.post<{ key: JWK & { expired_at: number | null } }>(
    '/webhook_verification_key/get',
    { key_id: kid },
  )
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  if (answer.body.key.expired_at !== null) throw new Error('signed with a key that has expired')
  const key = await importJWK(answer.body.key, 'ES256')
  const { payload } = await jwtVerify(jwt, key, { algorithms: ['ES256'], maxTokenAge: '5 min' })
  const hash = createHash('sha256').update(raw).digest('hex')
  if (payload['request_body_sha256'] !== hash) throw new Error('the body is another one')
  return { kid }
}
