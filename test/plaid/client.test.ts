// The client over real HTTP: a limit that is reached is waited out, and what carries a secret
// follows nobody.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createPlaidClient, type PlaidClient } from '../../src/plaid/client.ts'
import { Secret } from '../../src/std/secrets.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

async function served(answer: Answer): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function clientOf(baseUrl: string, triesMax = 1, callMsMax = 60_000): PlaidClient {
  return createPlaidClient({
    environment: 'emulator',
    baseUrl,
    clientId: 'client',
    secret: new Secret('client-secret'),
    callMsMax,
    retryPolicy: { triesMax, firstDelayMs: 1, delayMsMax: 1, factor: 1 },
  })
}

function json(response: ServerResponse, status: number, body: object, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

const token = new Secret('access-token')
const limited = { error_type: 'RATE_LIMIT_EXCEEDED', error_code: 'TRANSACTIONS_SYNC_LIMIT' }

test('what Plaid says of a failure is kept in bounds, without what no database stores', async () => {
  const body = {
    error_code: 'ITEM_LOGIN_REQUIRED',
    error_message: `bad \0 ${'é'.repeat(1_000)}${'😀'.repeat(10_000)}`,
    request_id: 'r'.repeat(100_000),
  }
  await using server = await served((_, response) => json(response, 400, body))
  const error = (await clientOf(server.url)
    .accountsGet(token)
    .catch((cause: unknown) => cause)) as Error
  expect(error).toMatchObject({ code: 'ITEM_LOGIN_REQUIRED', kind: 'config' })
  expect(error.message).not.toContain('\0')
  expect(error.message.isWellFormed()).toBe(true)
  expect(error.message.length).toBeLessThan(2_500)
})

/** Every call that there is, with all that is secret in it. */
const calls: { [K in Exclude<keyof PlaidClient, 'environment'>]: (p: PlaidClient) => unknown } = {
  linkTokenCreate: (p) => {
    const link = { clientName: 'c', userId: 'u', countryCodes: ['US'], language: 'en' }
    const update = { token, selectsAccounts: true }
    return p.linkTokenCreate({ ...link, daysRequested: 1, products: [], update })
  },
  linkTokenGet: (p) => p.linkTokenGet(token),
  publicTokenExchange: (p) => p.publicTokenExchange(token),
  itemRemove: (p) => p.itemRemove(token),
  itemWebhookUpdate: (p) => p.itemWebhookUpdate(token, 'https://here'),
  webhookVerificationKeyGet: (p) => p.webhookVerificationKeyGet('k', AbortSignal.timeout(60_000)),
  accountsGet: (p) => p.accountsGet(token),
  productGet: (p) => p.productGet('/liabilities/get', token, { options: {} }),
  categoriesGet: (p) => p.categoriesGet(),
  transactionsSync: (p) => p.transactionsSync(token, { cursor: '', count: 1, daysRequested: 1 }),
  institutionsGetById: (p) => p.institutionsGetById('ins_1', ['US']),
  sandboxPublicTokenCreate: (p) => p.sandboxPublicTokenCreate('ins_1', { daysRequested: 1 }),
}

test.each(Object.entries(calls))(
  'whoever repeats a %s says nothing secret in its failure',
  async (_, call) => {
    let sent = ''
    await using server = await served((request, response) => {
      const pieces: Buffer[] = []
      request.on('data', (piece: Buffer) => pieces.push(piece))
      request.on('end', () => {
        sent = `${JSON.stringify(request.headers)} ${Buffer.concat(pieces).toString()}`
        const twice = `${sent} ${sent.replaceAll('-', '\0-')}`
        json(response, 400, { error_code: sent, error_message: twice, request_id: sent })
      })
    })
    const plaid = clientOf(server.url)
    const error = await Promise.resolve(call(plaid)).catch((cause: unknown) => cause)
    expect(sent).toContain('client-secret')
    expect(sent).not.toContain('••') // it was sent in clear
    expect(JSON.stringify(error)).toContain('••••••')
    expect((error as Error).message).toContain('plaid-version')
    expect(`${JSON.stringify(error)} ${String(error)}`).not.toMatch(/client-secret|access-token/)
  },
)

test('a call without an answer ends when its time is over, and is not made again', async () => {
  let calls = 0
  await using server = await served(() => void calls++)
  const call = clientOf(server.url, 4, 200).accountsGet(token)
  await expect(call).rejects.toMatchObject({ code: 'PLAID_TIMEOUT', kind: 'transient' })
  expect(calls).toBe(1)
})

describe('a limit', () => {
  test.each<[string, object, Record<string, string>, number, number]>([
    ['without a word waits out the minute', limited, {}, 60_000, 65_000],
    ['that says for how long waits so long', limited, { 'retry-after': '7' }, 7_000, 12_000],
    ['of a proxy is one too', {}, { 'retry-after': '7' }, 7_000, 12_000],
    ['that is nonsense waits out the minute', limited, { 'retry-after': 'soon' }, 60_000, 65_000],
  ])('%s', async (_, body, headers, least, most) => {
    await using server = await served((__, response) => json(response, 429, body, headers))
    const call = clientOf(server.url).accountsGet(token)
    const error = (await call.catch((cause: unknown) => cause)) as { retryAfterMs: number }
    expect(error).toMatchObject({ kind: 'transient' })
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(least)
    expect(error.retryAfterMs).toBeLessThanOrEqual(most)
  })

  test('that asks for hours is not waited for in a call', async () => {
    let calls = 0
    await using server = await served((_, response) => {
      calls++
      json(response, 429, limited, { 'retry-after': '86400' })
    })
    const call = clientOf(server.url, 4).accountsGet(token)
    await expect(call).rejects.toMatchObject({ code: 'TRANSACTIONS_SYNC_LIMIT' })
    expect(calls).toBe(1)
  })

  test('is waited out and the call made again', async () => {
    let calls = 0
    await using server = await served((_, response) => {
      if (++calls === 1) json(response, 429, limited, { 'retry-after': '0' })
      else json(response, 200, { accounts: [], request_id: 'r' })
    })
    const answer = await clientOf(server.url, 2).accountsGet(token)
    expect(answer).toMatchObject({ accounts: [] })
    expect(calls).toBe(2)
  })
})

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) is not followed, and said',
  async (status) => {
    let stolen = 0
    await using thief = await served((_, response) => {
      stolen++
      json(response, 200, { accounts: [] })
    })
    await using server = await served((_, response) => {
      response.writeHead(status, { location: `${thief.url}/accounts/get` }).end()
    })
    const call = clientOf(server.url, 3).accountsGet(token)
    await expect(call).rejects.toMatchObject({ code: 'PLAID_REDIRECTS', kind: 'config' })
    expect(stolen).toBe(0)
  },
)

test.each<[string, (response: ServerResponse) => void, object]>([
  ['nothing', (response) => response.end('null'), { code: 'PLAID_NOT_JSON' }],
  [
    'a gateway’s own error',
    (response) => json(response, 403, { error_code: 1015, error_message: { why: 'limit' } }),
    { code: 'HTTP_403', message: expect.stringContaining('without an error of its own') as string },
  ],
  [
    'what cannot be unpacked',
    (response) => {
      response.setHeader('content-encoding', 'gzip')
      response.end('no gzip')
    },
    { code: 'NETWORK', message: 'the network failed: incorrect header check' },
  ],
  ['no HTTP', (response) => response.socket?.end('SSH-2.0-server\r\n'), { code: 'NETWORK' }],
])('%s in the place of an answer is tried again, and told', async (_, answer, told) => {
  let calls = 0
  await using server = await served((__, response) => {
    calls++
    answer(response)
  })
  const asked = clientOf(server.url, 2).transactionsSync(token, {
    cursor: '',
    count: 1,
    daysRequested: 1,
  })
  await expect(asked).rejects.toMatchObject({ kind: 'transient', ...told })
  expect(calls).toBe(2)
})
