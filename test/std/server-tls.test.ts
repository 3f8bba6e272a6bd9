// A server's own TLS: renewed files are taken for new connections while the open ones go on, and
// broken ones change nothing and are told.
import { once } from 'node:events'
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { fastify, type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { doorLimits, doorOptions } from '../../src/std/http-door.ts'
import { serverTls } from '../../src/std/server-tls.ts'
import { authority, type Certificate, certificateOf } from '../support/certificate.ts'

const ca = authority('a CA')
const lookEveryMs = 20
let folder: string
let app: FastifyInstance
let told: string[]

const file = (name: string) => join(folder, name)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tartan tls '))
  told = []
  await put(certificateOf('first.example', ca))
  app = await listening()
})

afterEach(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

async function put({ certificate, key }: Pick<Certificate, 'certificate' | 'key'>): Promise<void> {
  await writeFile(file('tls.crt'), certificate)
  await writeFile(file('tls.key'), key)
}

async function listening(): Promise<FastifyInstance> {
  const files = { certificate: file('tls.crt'), key: file('tls.key') }
  const log = {
    info: (_: object, said: string) => told.push(said),
    error: (_: object, said: string) => told.push(said),
  }
  const tls = await serverTls(files, log as never, lookEveryMs)
  const words = { noHttp: () => ({}), busy: () => new Error(), tooDeep: () => new Error() }
  const made = fastify(doorOptions(doorLimits, words, tls))
  made.get('/', () => 'here')
  await made.listen({ host: '127.0.0.1', port: 0 })
  return made
}

const port = () => (app.server.address() as AddressInfo).port

/** Whom a new connection meets. */
async function met(): Promise<string> {
  const socket = connect({ port: port(), host: '127.0.0.1', ca: ca.certificate, ...unnamed })
  try {
    await once(socket, 'secureConnect')
    return String(socket.getPeerCertificate().subject.CN)
  } finally {
    socket.destroy()
  }
}
const unnamed = { checkServerIdentity: () => undefined }

/** One connection, asked as often as wished. */
async function opened() {
  const socket = connect({ port: port(), host: '127.0.0.1', ca: ca.certificate, ...unnamed })
  return {
    ask: async () => {
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
      const [answer] = (await once(socket, 'data')) as [Buffer]
      return answer.toString()
    },
    close: () => socket.destroy(),
  }
}

test('renewed files are taken for new connections; one that is open goes on', async () => {
  const open = await opened()
  expect(await open.ask()).toMatch(/200 OK.*here$/s)
  await put(certificateOf('second.example', ca))
  await expect.poll(met).toBe('second.example')
  expect(await open.ask()).toMatch(/200 OK.*here$/s)
  open.close()
})

test('links that are swapped, as Kubernetes and certbot do it, are followed', async () => {
  const next = certificateOf('swapped.example', ca)
  for (const [name, text] of [
    ['tls.crt', next.certificate],
    ['tls.key', next.key],
  ] as const) {
    await writeFile(file(`${name}.2`), text)
    await symlink(file(`${name}.2`), file(`${name}.link`))
    await rename(file(`${name}.link`), file(name))
  }
  await expect.poll(met).toBe('swapped.example')
})

test.each<[string, Pick<Certificate, 'certificate' | 'key'>]>([
  ['no certificate', { certificate: 'broken', key: certificateOf('x', ca).key }],
  ['another’s key', { ...certificateOf('y.example', ca), key: certificateOf('z', ca).key }],
])('%s changes nothing and is told once, until it is mended', async (_, broken) => {
  await put(broken)
  await expect.poll(() => told.length).toBe(1)
  expect(told[0]).toMatch(/those from before stay: the certificate and the key are no pair/)
  expect(await met()).toBe('first.example')
  await put(certificateOf('mended.example', ca))
  await expect.poll(met).toBe('mended.example')
  expect(told).toEqual([told[0], 'renewed files are in use'])
})

test('a file that is gone changes nothing and is told', async () => {
  await rm(file('tls.key'))
  await expect.poll(() => told.length).toBe(1)
  expect(told[0]).toContain('ENOENT')
  expect(await met()).toBe('first.example')
})

test('nothing starts without a pair that fits', async () => {
  await writeFile(file('tls.key'), certificateOf('x', ca).key)
  await expect(listening()).rejects.toMatchObject({ code: 'TLS_FILES_INVALID', kind: 'config' })
})

test('whoever speaks plainly to it is refused, and it goes on', async () => {
  const plain = request({ port: port(), host: '127.0.0.1' })
  plain.end()
  await expect(once(plain, 'response')).rejects.toThrow()
  expect(await met()).toBe('first.example')
})
