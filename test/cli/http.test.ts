// Whoever follows something waits for a service that died, for as long as it may come back.
import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { answerBytesMax, request, throughRestarts } from '../../src/server/client/http.ts'
import { ConfigError, TransientError } from '../../src/std/errors.ts'
import { Secret } from '../../src/std/secrets.ts'

const down = new TransientError('SERVICE_DOWN', 'no answer')

test('a service that comes back is asked again', async () => {
  let asked = 0
  const answer = await throughRestarts(
    () => true,
    async () => {
      if (++asked < 3) throw down
      return 'here'
    },
  )
  expect([answer, asked]).toEqual(['here', 3])
})

test('once everything was stopped nothing is waited for', async () => {
  const asking = throughRestarts(
    () => false,
    () => Promise.reject(down),
  )
  await expect(asking).rejects.toMatchObject({ code: 'STOPPED', kind: 'config' })
})

test('what is not the service’s absence stays what it is', async () => {
  const wrong = new ConfigError('WRONG', 'mend it')
  const asking = throughRestarts(
    () => false,
    () => Promise.reject(wrong),
  )
  await expect(asking).rejects.toBe(wrong)
})

test('who does not speak HTTP is told of by its address, with the reason and what to look at', async () => {
  const other = createServer((socket) => socket.end('SSH-2.0-other\r\n')).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  await expect(
    request({ service: 'the engine', url: `http://127.0.0.1:${port}/health` }),
  ).rejects.toMatchObject({
    code: 'SERVICE_SILENT',
    message: expect.stringMatching(
      new RegExp(
        `^the engine does not answer at http://127.0.0.1:${port} \\(.*HTTP/1.1.*\\): see make`,
      ),
    ),
  })
  other.close()
})

async function listening(answer: (port: number) => RequestListener) {
  const server = createHttpServer((request, response) => answer(port)(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/x`, close: () => server.close() }
}

test('L5: a redirect is not followed, and the secret goes to nobody else', async () => {
  const heard: string[] = []
  const other = await listening(() => (request, response) => {
    heard.push(String(request.headers.authorization))
    response.end('{}')
  })
  for (const status of [301, 302, 303, 307, 308]) {
    const first = await listening(() => (_, response) => {
      response.writeHead(status, { location: other.url }).end()
    })
    const bearer = new Secret('canary')
    const asked = request({ service: 'the engine', url: first.url, bearer, body: { secret: 1 } })
    await expect(asked).rejects.toMatchObject({
      code: 'REDIRECTED',
      kind: 'config',
      message: expect.stringContaining(new URL(other.url).origin) as string,
    })
    first.close()
  }
  other.close()
  expect(heard).toEqual([])
})

test('a name that is not found, once, is tried again by who waits', async () => {
  const url = 'http://tartan-of-nowhere.invalid/x'
  await expect(request({ service: 'the engine', url })).rejects.toMatchObject({
    kind: 'transient',
    message: expect.stringMatching(/tartan-of-nowhere/) as string,
  })
  let asked = 0
  const answer = throughRestarts(
    () => true,
    () => (++asked === 1 ? request({ service: 'the engine', url }) : Promise.resolve('here')),
  )
  expect(await answer).toBe('here')
})

test('what is no address is the options’ fault', async () => {
  const asked = request({ service: 'the engine', url: 'http://my host:1/x' })
  await expect(asked).rejects.toMatchObject({ code: 'ADDRESS_INVALID', kind: 'config' })
})

test.each([
  ['never begins', () => {}],
  ['never ends', (_: unknown, response: ServerResponse) => void response.write('{"a":')],
])('an answer that %s is waited for until its time', async (_, behave: RequestListener) => {
  const server = await listening(() => behave)
  const asked = request({ service: 'the engine', url: server.url, msMax: 200 })
  await expect(asked).rejects.toMatchObject({ code: 'SERVICE_SILENT', kind: 'transient' })
  server.close()
})

test('L9: an answer without end is left at its limit, whoever gives it', async () => {
  const piece = Buffer.alloc(1024 * 1024, ' ')
  let sent = 0
  const server = await listening(() => (_, response) => {
    const more = () => {
      sent += piece.length
      if (!response.destroyed) response.write(piece, more)
    }
    more()
  })
  const asked = request({ service: 'the engine', url: server.url })
  await expect(asked).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE', kind: 'system' })
  expect(sent).toBeLessThan(2 * answerBytesMax)
  server.close()
})
