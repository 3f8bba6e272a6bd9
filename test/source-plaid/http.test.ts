// The source against a peer that plays by the contract of the feed, or does not.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { airbyteStream } from '../../src/catalog/stream.ts'
import { accounts } from '../../src/catalog/accounts.ts'
import { transactions } from '../../src/catalog/transactions.ts'
import { configurationErrors } from '../../src/engine/connector/validation.ts'
import { configure, spec } from '../../src/source-plaid/config.ts'
import { fetchPage, once as tryOnce } from '../../src/source-plaid/feed.ts'
import { authority, certificateOf } from '../support/certificate.ts'
import { ConnectorProcess, type ConnectorResult, runConnector } from '../support/connector.ts'

const trusted = authority('a CA of our own')

interface Peer extends AsyncDisposable {
  url: string
  asked: URL[]
}

type Answer = (url: URL, response: ServerResponse, request: IncomingMessage) => void

async function peer(answer: Answer): Promise<Peer> {
  const asked: URL[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://peer')
    asked.push(url)
    answer(url, response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Sent {
  rows?: string[]
  next?: string
  more?: boolean
  position?: string
}

function page(response: ServerResponse, sent: Sent): void {
  const { rows = [], next = 'end', more = false, position = '5' } = sent
  response.writeHead(200, {
    'content-type': 'application/x-ndjson',
    'x-next-cursor': next,
    'x-has-more': String(more),
    'x-feed-epoch': 'e',
    'x-feed-position': position,
  })
  response.end(rows.map((row) => `${row}\n`).join(''))
}

function inputs(url: string, stream = transactions, state?: object): object {
  const config = { base_url: url, api_key: 'key' }
  const sync_mode = stream === transactions ? 'incremental' : 'full_refresh'
  const catalog = { streams: [{ stream: airbyteStream(stream), sync_mode }] }
  return { config, catalog, ...(state ? { state: [state] } : {}) }
}

function read(url: string, stream = transactions, state?: object): Promise<ConnectorResult> {
  return runConnector('source-plaid', 'read', inputs(url, stream, state))
}

const at5 = {
  type: 'STREAM',
  stream: {
    stream_descriptor: { name: 'transactions' },
    stream_state: { epoch: 'e', updated_at: '5' },
  },
}

test('pages are followed by their cursors, and rows pass as they are', async () => {
  const odd = '{"transaction_id" :  "a", "amount": 1.10, "name": "\\u00e9€"}'
  await using feed = await peer((url, response) => {
    const cursor = url.searchParams.get('cursor')
    if (cursor === null) page(response, { rows: [odd, '{"b":1}'], next: 'c1', more: true })
    else if (cursor === 'c1') page(response, { rows: ['{"c":1}'], next: 'c2', more: true })
    else page(response, { position: '9' })
  })
  await using source = await ConnectorProcess.start('source-plaid', 'read', {
    ...inputs(feed.url, transactions, at5),
  })
  source.end()
  const result = await source.result()
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect(source.raw).toMatch(
    /\n\{"type":"RECORD","record":\{"stream":"transactions","emitted_at":\d{13},"data":/,
  )
  expect(source.raw).toContain(`"data":${odd}}}\n`)
  expect(feed.asked.map(({ searchParams }) => searchParams.get('cursor'))).toEqual([
    null,
    'c1',
    'c2',
  ])
  const [first] = feed.asked
  expect(Object.fromEntries(first?.searchParams ?? [])).toEqual({
    limit: expect.stringMatching(/^\d+$/) as string,
    include_deleted: 'true',
    updated_since: '5',
    epoch: 'e',
  })
  expect(result.states.map(({ sourceStats }) => sourceStats?.recordCount)).toEqual([2, 1, 0])
  expect(result.states.at(-1)?.stream?.stream_state).toEqual({ epoch: 'e', updated_at: '9' })
})

test('a plaid-api that wraps rows is asked to, and its lines pass as they are, in any pieces', async () => {
  const wrapped: IncomingMessage['headers'][] = []
  const pages = [3_000, 40, 2, 3_000, 1, 5, 2_500, 1]
  await using feed = await peer((url, response, { headers }) => {
    wrapped.push(headers)
    const n = Number(url.searchParams.get('cursor') ?? 0)
    const count = pages[n] ?? 0
    response.setHeader('x-wrapped-rows', String(count))
    const row = (i: number) => `{"n":${n},"i":${i},"text":"${'é'.repeat(i % 400)}"}`
    const [prefix, suffix] = [headers['x-row-prefix'], headers['x-row-suffix']]
    const rows = Array.from(
      { length: count },
      (_, i) => `${String(prefix)}${row(i)}${String(suffix)}`,
    )
    page(response, { rows, next: String(n + 1), more: n + 1 < pages.length })
  })
  const namespace = 'a\n\\"é😀'
  const stream = { ...airbyteStream(transactions), namespace }
  const given = {
    ...inputs(feed.url),
    catalog: { streams: [{ stream, sync_mode: 'incremental' }] },
  }
  const { code, errors, messages, states } = await runConnector('source-plaid', 'read', {
    ...given,
    state: [
      { ...at5, stream: { ...at5.stream, stream_descriptor: { name: 'transactions', namespace } } },
    ],
  })
  expect({ code, errors }).toEqual({ code: 0, errors: [] })
  expect(String(wrapped[0]?.['x-row-prefix'])).toMatch(/^[ -~]+$/)
  const records = messages.flatMap((one) => (one.type === 'RECORD' ? [one.record] : []))
  expect(records.every((record) => record.namespace === namespace)).toBe(true)
  expect(records.map(({ data }) => [data['n'], data['i'], String(data['text']).length])).toEqual(
    pages.flatMap((count, n) => Array.from({ length: count }, (_, i) => [n, i, i % 400])),
  )
  expect(states.map(({ sourceStats }) => sourceStats?.recordCount)).toEqual(pages)
})

test('a namespace too long to be sent is put around the rows here', async () => {
  const asked: unknown[] = []
  await using feed = await peer((_, response, { headers }) => {
    asked.push(headers['x-row-prefix'])
    page(response, { rows: ['{"a":1}'] })
  })
  const namespace = 'n'.repeat(2_000)
  const stream = { ...airbyteStream(transactions), namespace }
  const { messages } = await runConnector('source-plaid', 'read', {
    ...inputs(feed.url, transactions, at5),
    catalog: { streams: [{ stream, sync_mode: 'incremental' }] },
  })
  expect(asked).toEqual([undefined])
  const records = messages.flatMap((one) => (one.type === 'RECORD' ? [one.record] : []))
  expect(records).toMatchObject([{ namespace, data: { a: 1 } }])
})

test('a reading from the beginning goes on until the feed stands still', async () => {
  await using feed = await peer((url, response) => {
    const since = url.searchParams.get('updated_since')
    if (since === null) page(response, { rows: ['{"n":1}'], position: '5' })
    else if (since === '5') page(response, { rows: ['{"n":2}'], position: '6' })
    else page(response, { position: '6' })
  })
  const { code, messages, states } = await read(feed.url)
  expect(code).toBe(0)
  expect(messages.filter(({ type }) => type === 'RECORD')).toHaveLength(2)
  expect(states.at(-1)?.stream?.stream_state).toEqual({ epoch: 'e', updated_at: '6' })
})

test('what fails for a moment is tried again', async () => {
  let failures = 0
  await using feed = await peer((_, response) => {
    failures += 1
    if (failures === 1) {
      response.writeHead(503).end('{"error":{"message":"starting"}}')
    } else if (failures === 2) {
      // The connection breaks within a row.
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write('{"half":')
      setTimeout(() => response.destroy(), 20)
    } else page(response, { rows: ['{"a":1}'] })
  })
  const result = await read(feed.url, transactions, at5)
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect(result.messages.filter(({ type }) => type === 'RECORD')).toHaveLength(1)
})

test.each<[string, Answer, RegExp]>([
  ['a key that is refused', (_, r) => void r.writeHead(401).end('{}'), /valid one into api_key/],
  ['another web site', (_, r) => void r.end('<html>'), /does not lead to plaid-api/],
  ['a page that is not there', (_, r) => void r.writeHead(404).end('no'), /not lead to plaid-api/],
  [
    'a state that it refuses',
    (_, r) => void r.writeHead(400).end('{"error":{"message":"updated_since must be"}}'),
    /updated_since must be/,
  ],
])('the user must act on %s', async (_, answer, sentence) => {
  await using feed = await peer(answer)
  const result = await read(feed.url)
  expect(result.code).not.toBe(0)
  expect(result.errors).toMatchObject([
    { failure_type: 'config_error', message: expect.stringMatching(sentence) as string },
  ])
  expect(result.errors[0]?.state_expired).toBeUndefined()
})

test('a key is not carried to another address', async () => {
  await using other = await peer((_, response) => page(response, {}))
  await using feed = await peer((_, response) => {
    response.writeHead(302, { location: other.url }).end()
  })
  const { messages } = await runConnector('source-plaid', 'check', inputs(feed.url))
  expect(messages).toMatchObject([{ connectionStatus: { status: 'FAILED' } }])
  expect(other.asked).toEqual([])
})

test('a cursor that does not move on ends the reading', async () => {
  await using feed = await peer((_, response) => page(response, { next: 'same', more: true }))
  const result = await read(feed.url)
  expect(result.errors).toMatchObject([{ failure_type: 'system_error' }])
})

test('SIGTERM ends a reading that waits, as the platform expects', async () => {
  await using feed = await peer(() => {})
  await using source = await ConnectorProcess.start('source-plaid', 'read', inputs(feed.url))
  await source.until((messages) => messages.length > 0)
  source.kill('SIGTERM')
  expect((await source.result()).code).toBe(143)
})

test('a stream that is read whole is read from its feed, page by page, with one state', async () => {
  await using feed = await peer((url, response) => {
    const isFirst = url.searchParams.get('updated_since') === null
    const more = isFirst && url.searchParams.get('cursor') === null
    const rows = isFirst ? [`{"first":${more}}`] : []
    page(response, { rows, next: more ? 'c' : 'd', more, position: '9' })
  })
  const { states, messages } = await read(feed.url, accounts)
  expect(messages.filter(({ type }) => type === 'RECORD')).toHaveLength(2)
  const stream_state = { epoch: 'e', updated_at: '9' }
  expect(states).toMatchObject([{ stream: { stream_state }, sourceStats: { recordCount: 2 } }])
  expect(feed.asked[0]?.pathname).toBe('/accounts/incremental')
  expect(feed.asked[0]?.searchParams.get('include_deleted')).toBe('false')
})

test.each([
  [{ base_url: 'ftp://x', api_key: 'k' }, /base_url/],
  [{ base_url: 'http://x' }, /api_key/],
])('the configuration %j is refused', async (config, sentence) => {
  const { messages } = await runConnector('source-plaid', 'check', { config })
  expect(messages).toMatchObject([
    { connectionStatus: { status: 'FAILED', message: expect.stringMatching(sentence) as string } },
  ])
})

test.each([
  ['http://bob:hunter2secret@127.0.0.1:8080', /base_url/],
  ['http://bob@127.0.0.1:8080', /base_url/],
  ['http://127.0.0.1:8080?key=hunter2secret', /base_url/],
  ['http://127.0.0.1:8080/#hunter2secret', /base_url/],
  ['http://127.0.0.1: 8080', /base_url/],
])('L5: the address %s is refused, and not said again', async (base_url, sentence) => {
  const said = thrownBy(() => configure({ base_url, api_key: 'k' }))
  expect(said).toMatchObject({ kind: 'config', message: expect.stringMatching(sentence) as string })
  expect(String(said)).not.toMatch(/hunter2secret|bob/)
  expect(
    await configurationErrors(spec.connectionSpecification, { base_url, api_key: 'k' }),
  ).toMatchObject([{ pointer: '/base_url' }])
})

test.each([
  [{ api_key: 'ta_abc…xyz' }, /api_key/],
  [{ api_key: 'ta–abc' }, /api_key/],
  [{ ca_certificate: 'garbage' }, /ca_certificate/],
  [{ ca_certificate: {} }, /ca_certificate/],
  [{ ca_certificate: trusted.key }, /ca_certificate/],
])('what no request could be made with is refused before one: %#', (wrong, sentence) => {
  const said = thrownBy(() => configure({ base_url: 'http://x', api_key: 'k', ...wrong }))
  expect(said).toMatchObject({ kind: 'config', message: expect.stringMatching(sentence) as string })
})

test('blanks around an address and a key are none of them', async () => {
  const all = [trusted, authority('another')].map(({ certificate }) => certificate.trim())
  const ca_certificate = `\n${all.join('\n\n')}\n`
  const given = { base_url: ' http://[::1]:8080/a/ \n', api_key: ' k\n', ca_certificate }
  const { baseUrl, ca } = configure(given)
  expect(baseUrl).toBe('http://[::1]:8080/a')
  for (const one of all) expect(ca).toContain(one)
  expect(await configurationErrors(spec.connectionSpecification, given)).toEqual([])
})

test('what is wrong about TLS is for a person to mend, and of the rest the code is said', async () => {
  const { certificate, key } = certificateOf('elsewhere', trusted)
  const server = createTlsServer({ cert: certificate, key })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await using plain = await peer((_, response) => page(response, {}))
  const { port } = server.address() as AddressInfo
  const ask = (base_url: string, ca_certificate = '') =>
    fetchPage(
      configure({ base_url, ca_certificate, api_key: 'k' }),
      '/transactions/incremental',
      {},
      AbortSignal.timeout(10_000),
      { tries: tryOnce },
    )
  try {
    const address = `https://127.0.0.1:${port}`
    const failed = { kind: 'config', code: 'TLS_FAILED' }
    await expect(ask(address)).rejects.toMatchObject(failed)
    await expect(ask(address, trusted.certificate)).rejects.toMatchObject(failed)
    await expect(ask(plain.url.replace('http', 'https'))).rejects.toMatchObject(failed)
  } finally {
    server.close()
    await once(server, 'close')
  }
  await expect(ask(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
    kind: 'transient',
    message: expect.stringContaining('is not reachable (ECONNREFUSED)') as string,
  })
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}
