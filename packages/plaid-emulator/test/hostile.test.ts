// What a stranger may send: no header, body or broken HTTP makes a 5xx, stops the emulator, or goes
// unanswered where an answer is possible.
import { once } from 'node:events'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RequestLog } from '../src/admin/request-log.ts'
import { createWorldClock } from '../src/bank/clock.ts'
import { createServer } from '../src/http/server.ts'
import { systemClock } from '../../../src/std/clock.ts'
import { createLogger } from '../../../src/std/log.ts'
import { type Bench, startEmulator } from './support/emulator.ts'

let bench: Bench

beforeAll(async () => {
  bench = await startEmulator()
})

afterAll(async () => {
  await bench[Symbol.asyncDispose]()
})

/** What comes back on a raw connection that says nothing more, until it closes. */
function raw(bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(new URL(bench.url()).port), '127.0.0.1', () => socket.end(bytes))
    socket.on('data', (data) => {
      answer += data.toString('latin1')
      if (/\r\n\r\n[^]*}$/.test(answer)) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

function request(body: string | Uint8Array, headers: string[] = [], path = '/item/get'): Buffer {
  const bytes = Buffer.from(body)
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: emulator',
    'Content-Type: application/json',
    'PLAID-CLIENT-ID: client',
    'PLAID-SECRET: secret',
    `Content-Length: ${bytes.length}`,
    ...headers,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
}

const alive = async () => expect((await bench.post('/nowhere', {})).status).toBe(404)

describe('a hostile request', () => {
  const deep = '['.repeat(100_000)
  const cases: [string, string | Uint8Array, number, string][] = [
    ['a body beyond its limit', request(`{"access_token":"${'x'.repeat(300_000)}"}`), 413, 'BODY'],
    ['deep nesting', request(`{"access_token":${deep}`), 400, 'deeper than 64'],
    [
      'deep nesting that is closed',
      request(`${deep}${']'.repeat(100_000)}`),
      400,
      'deeper than 64',
    ],
    ['brackets in a string', request(`{"access_token":"\\"${'['.repeat(200)}"}`), 400, 'format'],
    ['prototype pollution', request('{"__proto__":{"access_token":"x"}}'), 400, 'INVALID_BODY'],
    ['its constructor', request('{"constructor":{"prototype":{"a":1}}}'), 400, 'INVALID_BODY'],
    [
      'a key twice',
      request('{"access_token":"x","access_token":"y"}'),
      400,
      'INVALID_ACCESS_TOKEN',
    ],
    ['a BOM', request('\ufeff{"access_token":"x"}'), 400, 'INVALID_ACCESS_TOKEN'],
    ['a NUL in a token', request('{"access_token":"\\u0000"}'), 400, 'INVALID_ACCESS_TOKEN'],
    ['a raw NUL', request('{"access_token":"\0"}'), 400, 'INVALID_BODY'],
    ['a lone surrogate', request('{"access_token":"\\ud800"}'), 400, 'INVALID_ACCESS_TOKEN'],
    [
      'invalid UTF-8',
      request(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
      400,
      'MISSING_FIELDS',
    ],
    ['a long field name', request(`{"${'k'.repeat(5_000)}":1,"access_token":"x"}`), 400, 'kkk'],
    ['a huge number', request(`{"access_token":1e999999}`), 400, 'INVALID_FIELD'],
    ['an empty body', request(''), 400, 'INVALID_BODY'],
    ['huge headers', request('{}', [`X: ${'y'.repeat(40_000)}`]), 431, 'INVALID_HEADERS'],
    ['a long address', request('{}', [], `/${'a'.repeat(40_000)}`), 431, 'INVALID_HEADERS'],
    ['a damaged address', request('{}', [], '/%zz'), 404, 'NOT_FOUND'],
    ['a wrong charset', request('{}', ['Content-Encoding: zip']), 400, 'MISSING_FIELDS'],
    ['two lengths', request('{}', ['Content-Length: 3']), 400, 'INVALID_HEADERS'],
    ['a length and chunks', request('{}', ['Transfer-Encoding: chunked']), 400, 'INVALID_HEADERS'],
    [
      'bad chunks',
      'POST /item/get HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n' +
        'Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n',
      400,
      'INVALID_',
    ],
    ['no HTTP', '\0\x01\xff\r\n\r\n', 400, 'INVALID_HEADERS'],
    ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'INVALID_HEADERS'],
    [
      'no content type',
      'POST /item/get HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}',
      400,
      'Type',
    ],
    ['neither type nor body', 'POST /item/get HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'INVALID_HEADERS'],
    [
      'a form',
      'POST /item/get HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n' +
        'Content-Type: application/x-www-form-urlencoded\r\n\r\na=b',
      400,
      'INVALID_BODY',
    ],
  ]
  test.each(cases)('with %s is refused in Plaid’s shape', async (_, bytes, status, part) => {
    const answer = await raw(bytes)
    expect(statusOf(answer), answer).toBe(status)
    expect(answer).toMatch(/"request_id":"\w{15}"/)
    expect(answer).toContain(part)
    expect(answer.length).toBeLessThan(2_000)
    await alive()
  })

  test('of any bytes at all gives no 5xx and stops nothing', async () => {
    const line = fc.constantFrom('POST', 'GET', 'PUT', 'OPTIONS', 'TRACE', 'CONNECT', 'X')
    const header = fc.tuple(
      fc.constantFrom('Content-Type', 'Content-Length', 'Expect', 'Host', 'Upgrade', 'Range', 'TE'),
      fc.oneof(fc.constantFrom('0', '-1', '9e9', 'application/json', '100-continue'), fc.string()),
    )
    const http = fc
      .tuple(line, fc.array(header, { maxLength: 5 }), fc.uint8Array({ maxLength: 200 }))
      .map(([verb, headers, body]) => {
        const head = headers.map(([name, value]) => `${name}: ${value}`).join('\r\n')
        return Buffer.concat([
          Buffer.from(`${verb} /item/get HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`),
          body,
        ])
      })
    const bodies = fc.uint8Array({ maxLength: 500 }).map((body) => request(body))
    const anything = fc.uint8Array({ maxLength: 500 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(http, bodies, anything), { minLength: 20, maxLength: 20 }),
        async (several) => {
          const answers = await Promise.all(several.map(raw))
          expect(answers.filter((answer) => statusOf(answer) >= 500)).toEqual([])
        },
      ),
      { numRuns: 20 },
    )
    await alive()
  })

  test('that never ends, beside many others, keeps nobody from being answered', async () => {
    const port = Number(new URL(bench.url()).port)
    const idle = Array.from({ length: 200 }, () => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write('POST /item/get HTTP/1.1\r\nContent-Length: 100\r\n')
      return socket
    })
    await alive()
    for (const socket of idle) socket.destroy()
  })

  test('that was refused holds no connection, though it never closes its own side', async () => {
    const requests = new RequestLog(createWorldClock(systemClock, { offsetMs: 0 }))
    const app = createServer(createLogger('emulator', 'silent'), requests)
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const open = () => promisify(app.server.getConnections.bind(app.server))()
    const socket = connect({ port: Number(new URL(url).port), allowHalfOpen: true })
    socket.on('data', () => {}).write('no HTTP\r\n\r\n')
    await once(socket, 'end')
    expect(socket.writable).toBe(true)
    await expect.poll(open).toBe(0)
    socket.destroy()
    await app.close()
  })

  test('beside too many others is turned away, until they are done', async () => {
    await bench.command({ fault: { endpoint: '/item/get', latency_ms: 60_000, times: 2_000 } })
    const item = await bench.link()
    const others = new AbortController()
    const waiting = Array.from({ length: 1_000 }, () =>
      fetch(`${bench.url()}/item/get`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ client_id: 'c', secret: 's', access_token: item.accessToken }),
        signal: others.signal,
      }).catch(() => {}),
    )
    const probe = async () => (await bench.post('/accounts/get', { access_token: 'x' })).body
    const turned = { error_type: 'RATE_LIMIT_EXCEEDED', error_code: 'RATE_LIMIT' }
    await expect.poll(probe).toMatchObject(turned)
    others.abort()
    await Promise.all(waiting)
    await expect.poll(probe).toMatchObject({ error_type: 'INVALID_INPUT' })
    await bench.command({ clear_faults: null })
  })

  test('to the admin API, its page or a link is refused, whatever it is', async () => {
    const path = fc.constantFrom('commands', 'login', 'do/fault', 'do/x', 'live', 'status', 'x')
    const type = fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/x')
    const header = fc.stringMatching(/^[ -~]{0,60}$/)
    await fc.assert(
      fc.asyncProperty(path, type, header, fc.uint8Array({ maxLength: 300 }), async (...given) => {
        const [path, type, value, body] = given
        for (const at of [`/emulator/${path}`, `/link/link-sandbox-${path}`]) {
          const { status } = await fetch(bench.url() + at, {
            method: 'POST',
            headers: { 'content-type': type, authorization: value, cookie: value },
            body,
          })
          expect(status).toBeGreaterThanOrEqual(400)
          expect(status).toBeLessThan(500)
        }
      }),
      { numRuns: 150 },
    )
    await alive()
  })
})
