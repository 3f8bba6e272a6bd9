// Before a start the certificate is spoken with as the services will: what is wrong about it is
// told in one sentence.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineUrl, plaidApiUrl, webUrl } from '../../src/server/addresses.ts'
import { settingsOf } from '../../src/server/settings.ts'
import { readTls, requireTls } from '../../src/server/tls.ts'
import { authority, certificateOf, pastEnd } from '../support/certificate.ts'

const [ca, other] = [authority('our CA'), authority('another CA')]
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tartan tls '))
  const pairs = {
    right: certificateOf('localhost', ca),
    expired: certificateOf('localhost', ca, pastEnd),
    elsewhere: certificateOf('tartan.example', ca),
    stranger: certificateOf('localhost', other),
  }
  for (const [name, { certificate, key }] of Object.entries(pairs)) {
    await writeFile(join(folder, `${name}.crt`), certificate)
    await writeFile(join(folder, `${name}.key`), key)
  }
  await writeFile(join(folder, 'ca.crt'), ca.certificate)
})

afterAll(() => rm(folder, { recursive: true }))

function settings(name: string, more: Record<string, string> = {}) {
  const given = {
    TARTAN_TLS_CERTIFICATE_FILE: join(folder, `${name}.crt`),
    TARTAN_TLS_KEY_FILE: join(folder, `${name}.key`),
    TARTAN_TLS_CA_FILE: join(folder, 'ca.crt'),
    ...more,
  }
  return settingsOf(given, new Set())
}

test('with a certificate every address says https', () => {
  const here = settings('right')
  expect([plaidApiUrl(here), engineUrl(here), webUrl(here)]).toEqual([
    'https://localhost:8080',
    'https://localhost:8001',
    'https://localhost:8000/',
  ])
})

test('the right one is spoken with, and told with its names and its end', async () => {
  await requireTls(settings('right'))
  expect(await readTls(settings('right'))).toEqual({
    names: ['DNS:localhost'],
    not_after: '2049-12-31T23:59:59.000Z',
  })
})

test.each([
  ['expired', 'certificate has expired'],
  ['elsewhere', 'localhost. is not in the cert'],
  ['stranger', 'unable to verify the first certificate'],
])('%s is refused: %s', async (name, why) => {
  const refused = { code: 'TLS_FAILED', kind: 'config' }
  await expect(requireTls(settings(name))).rejects.toMatchObject(refused)
  await expect(requireTls(settings(name))).rejects.toThrow(new RegExp(why))
  expect((await readTls(settings(name)))?.trouble).toMatch(new RegExp(why))
})

test('one for another name will do where the services are asked by that', async () => {
  const named = {
    PLAID_API_URL: 'https://tartan.example:8080',
    TARTAN_API_URL: 'https://tartan.example:8001',
  }
  await requireTls(settings('elsewhere', named))
})

test('a certificate alone, a key that is another’s, and a CA that is none are refused', async () => {
  const alone = { TARTAN_TLS_KEY_FILE: '' }
  await expect(requireTls(settings('right', alone))).rejects.toThrow(/TARTAN_TLS_KEY_FILE/)
  const wrong = { TARTAN_TLS_KEY_FILE: join(folder, 'stranger.key') }
  await expect(requireTls(settings('right', wrong))).rejects.toThrow(/are no pair/)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ofOtherKind = { TARTAN_TLS_KEY_FILE: join(folder, 'rsa.key') }
  await writeFile(join(folder, 'rsa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await expect(requireTls(settings('right', ofOtherKind))).rejects.toThrow(/are no pair/)
  const none = { TARTAN_TLS_CA_FILE: join(folder, 'right.key') }
  await expect(requireTls(settings('right', none))).rejects.toThrow(/TARTAN_TLS_CA_FILE/)
})
