import { connect } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { bodies, sampleOf } from '../support/engine-bodies.ts'
import { startEngine, tokenOf } from '../support/engine.ts'

test('a request that names JSON and has no body is one without a body', async () => {
  await using engine = await startEngine()
  const authorization = `Bearer ${await tokenOf(engine.url, engine.client)}`
  const { data } = (await engine.call('GET', '/workspaces')).body
  const ask = async (method: string, path: string, type: object) => {
    const headers = { authorization, ...type }
    const answer = await fetch(`${engine.url}/api/public/v1${path}`, { method, headers })
    return [answer.status, await answer.text()]
  }
  const json = { 'content-type': 'application/json' }
  const workspace = `/workspaces/${data[0].workspaceId}`
  for (const [method, path] of [
    ['GET', workspace],
    ['PATCH', workspace],
    ['POST', '/sources'],
    ['DELETE', `/sources/${nobody}`],
  ] as const) {
    expect(await ask(method, path, json)).toEqual(await ask(method, path, {}))
  }
})

test('what is no HTTP is told so in Airbyte’s shape', async () => {
  await using engine = await startEngine()
  const socket = connect(Number(new URL(engine.url).port), '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk) => (heard += chunk.toString()))
  socket.write('SSH-2.0-x\r\n\r\n')
  await once(socket, 'close')
  expect(heard).toMatch(/^HTTP\/1.1 400 .*"title":"bad-request"/s)
})

test('a text that PostgreSQL has not, and a Host that no link has, are refused', async () => {
  await using engine = await startEngine()
  for (const text of ['a\0b', '\ud800', ['\0'], { '\0': 1 }]) {
    const answer = await engine.call('POST', '/workspaces', { name: text })
    expect([answer.status, answer.body.data]).toEqual([400, { field: 'name' }])
  }
  expect((await engine.call('GET', '/sources/%00')).status).toBe(400)
  await engine.call('POST', '/workspaces', { name: 'a second one' })
  const socket = connect(Number(new URL(engine.url).port), '127.0.0.1')
  const authorization = `Bearer ${await tokenOf(engine.url, engine.client)}`
  const head = `Host: a b%$[::\r\nConnection: close\r\nAuthorization: ${authorization}`
  let heard = ''
  socket.on('data', (chunk) => (heard += chunk.toString()))
  socket.write(`GET /api/public/v1/workspaces?limit=1 HTTP/1.1\r\n${head}\r\n\r\n`)
  await once(socket, 'close')
  expect(heard).toMatch(/^HTTP\/1.1 400 .*"title":"bad-request"/s)
})

const nobody = '99999999-9999-4999-8999-999999999999'

test('a field that is not known is refused by its name, wherever it is sent', async () => {
  await using engine = await startEngine()
  for (const { method, path, schema } of bodies()) {
    const at = `/${path.replace(/:\w+/, nobody)}`
    const answer = await engine.call(method, at, { ...(sampleOf(schema) as object), surprise: 1 })
    const detail = 'body has a field that is not known here: surprise'
    expect([at, answer.status, answer.body.detail]).toEqual([at, 400, detail])
  }
  const connectionId = await engine.connect()
  const inside = await engine.call('PATCH', `/connections/${connectionId}`, {
    configurations: { streams: [{ name: 'numbers', surprise: 1 }] },
  })
  const detail = 'body/configurations/streams/0 has a field that is not known here: surprise'
  expect([inside.status, inside.body.detail]).toEqual([400, detail])
})
