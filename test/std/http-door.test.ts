// The door that all services share: what costs a stranger nothing must cost us little.
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { fastify, type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { monotonicMs, systemClock } from '../../src/std/clock.ts'
import { doorLimits, type DoorLimits, doorOptions, keepDoor } from '../../src/std/http-door.ts'

const words = {
  noHttp: () => ({ error: 'no HTTP' }),
  busy: (n: number) => Object.assign(new Error(`busy with ${n}`), { statusCode: 503 }),
  tooDeep: (n: number) => Object.assign(new Error(`deeper than ${n}`), { statusCode: 400 }),
}
let app: FastifyInstance

afterEach(() => app.close())

/** Answers what it was given as a body; without a key it refuses before it reads one. */
async function serve(more: Partial<DoorLimits> = {}): Promise<number> {
  const limits = { ...doorLimits, ...more }
  app = fastify(doorOptions(limits, words))
  keepDoor(app, limits, words)
  app.addHook('onRequest', async ({ headers }) => {
    if (headers.authorization === undefined) {
      throw Object.assign(new Error('no key'), { statusCode: 401 })
    }
  })
  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/',
    handler: async ({ body }) => ({ body: body === undefined ? 'none' : body }),
  })
  app.get('/slow', async () => {
    await systemClock.sleep(500)
    return {}
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

interface Talk {
  socket: Socket
  heard(): string
  /** Milliseconds until the other side closed. */
  closed: Promise<number>
}

async function talk(port: number, text: string): Promise<Talk> {
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk))
  socket.on('error', () => {})
  const from = monotonicMs()
  const closed = new Promise<number>((resolve) => {
    socket.once('close', () => resolve(monotonicMs() - from))
  })
  await once(socket, 'connect')
  socket.write(text)
  return { socket, heard: () => heard, closed }
}

const head = (method: string, ...lines: string[]) =>
  [`${method} / HTTP/1.1`, 'host: x', ...lines, '', ''].join('\r\n')
const key = 'authorization: Bearer x'
const json = 'content-type: application/json'
const close = 'connection: close'

describe('a body', () => {
  test.each([
    ['POST', 'content-length: 0', ''],
    ['PUT', 'content-length: 0', ''],
    ['PATCH', 'transfer-encoding: chunked', '0\r\n\r\n'],
    ['POST', 'transfer-encoding: chunked', '0\r\n\r\n'],
    ['DELETE', 'content-length: 0', ''],
    ['DELETE', 'x-nothing: y', ''],
  ])('of no bytes, of the type JSON, is none (%s, %s)', async (method, length, body) => {
    const { heard, closed } = await talk(
      await serve(),
      head(method, key, json, length, close) + body,
    )
    await closed
    expect(heard()).toMatch(/^HTTP\/1.1 200 .*{"body":"none"}$/s)
  })

  test.each([
    ['nested too deeply', '['.repeat(65), /^HTTP\/1.1 400 .*deeper than 64/s],
    ['that says __proto__', '{"__proto__":1}', /^HTTP\/1.1 400 /],
    ['of blanks', '  ', /^HTTP\/1.1 400 /],
    ['of deep text', JSON.stringify('['.repeat(100)), /^HTTP\/1.1 200 /],
  ])('%s is answered as such', async (_, body, answer) => {
    const request = head('POST', key, json, `content-length: ${body.length}`, close) + body
    const { heard, closed } = await talk(await serve(), request)
    await closed
    expect(heard()).toMatch(answer)
  })

  test('larger than the limit is refused by its length, before it comes', async () => {
    const request = head('POST', key, json, `content-length: ${64 * 1024 + 1}`)
    const { heard, closed } = await talk(await serve(), request)
    expect(await closed).toBeLessThan(10_000)
    expect(heard()).toMatch(/^HTTP\/1.1 413 /)
  })

  test('of whoever has no key is not waited for', async () => {
    const { heard, closed } = await talk(
      await serve(),
      head('POST', json, 'content-length: 60000') + '{',
    )
    expect(await closed).toBeLessThan(10_000) // far before a body may be late
    expect(heard()).toMatch(/^HTTP\/1.1 401 /)
  })
})

describe('who is slow', () => {
  const short = { headersMsMax: 300, requestMsMax: 600, keepAliveMs: 300 }

  test.each([
    ['with the headers', 'GET / HTTP/1.1\r\nhost: x\r\n'],
    ['with the body', head('POST', key, json, 'content-length: 9') + '{'],
  ])('%s is told so, and gone', async (_, text) => {
    const { heard, closed } = await talk(await serve(short), text)
    expect(await closed).toBeLessThan(10_000)
    expect(heard()).toMatch(/^HTTP\/1.1 408 .*{"error":"no HTTP"}$/s)
  })

  test('with the next request is gone', async () => {
    const { heard, closed } = await talk(await serve(short), head('GET', key))
    expect(await closed).toBeLessThan(10_000)
    expect(heard()).toMatch(/^HTTP\/1.1 200 /)
  })
})

test.each([
  ['no HTTP', 'SSH-2.0-x\r\n\r\n', /^HTTP\/1.1 400 .*{"error":"no HTTP"}$/s],
  ['long headers', head('GET', key, `x: ${'y'.repeat(33 * 1024)}`), /^HTTP\/1.1 431 /],
])('%s is answered, and its connection closed', async (_, text, answer) => {
  const { heard, closed } = await talk(await serve(), text)
  expect(await closed).toBeLessThan(10_000)
  expect(heard()).toMatch(answer)
})

test('one connection more than the limit is closed at once', async () => {
  const port = await serve({ connectionsMax: 2 })
  const held = [await talk(port, ''), await talk(port, '')]
  const more = await talk(port, '')
  await more.closed
  for (const { socket } of held) socket.write(head('GET', key, close))
  await Promise.all(held.map(({ closed }) => closed))
  expect(held.map(({ heard }) => heard().slice(0, 12))).toEqual(Array(2).fill('HTTP/1.1 200'))
})

test('one request more than the limit is told to come again; the others are answered', async () => {
  const port = await serve({ requestsMax: 2 })
  const ask = async () => {
    const headers = { authorization: 'x' }
    return (await fetch(`http://127.0.0.1:${port}/slow`, { headers })).status
  }
  const statuses = await Promise.all([ask(), ask(), ask()])
  expect(statuses.toSorted()).toEqual([200, 200, 503])
  expect(await ask()).toBe(200)
})
