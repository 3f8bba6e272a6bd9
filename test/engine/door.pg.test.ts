import { connect } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
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
    ['DELETE', '/sources/99999999-9999-4999-8999-999999999999'],
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
