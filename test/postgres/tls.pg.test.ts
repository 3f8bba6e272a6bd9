// `sslmode` against real servers: who is encrypted, whom it trusts, what it says when it does not.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createPool } from '../../src/postgres/pool.ts'
import { one, sql } from '../../src/postgres/query.ts'
import { Secret } from '../../src/std/secrets.ts'
import { postgresConfiguration } from '../../src/server/airbyte/desired.ts'
import { authority, certificateOf, pastEnd } from '../support/certificate.ts'
import { runConnector } from '../support/connector.ts'
import { startServer, type TestServer } from '../support/postgres.ts'

const trusted = authority('trusted CA')
const other = authority('other CA')
let folder: string
let server: TestServer
/** Takes encrypted connections alone, from the role postgres with a certificate. */
let strict: TestServer

const file = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tartan tls '))
  const host = certificateOf('localhost', trusted)
  const client = certificateOf('postgres', trusted)
  const files = {
    'ca.pem': trusted.certificate,
    'other.pem': other.certificate,
    'host.pem': host.certificate,
    'host.key': host.key,
    'client.pem': client.certificate,
    'client.key': client.key,
    'hba.conf': 'hostssl all all all cert\n',
  }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(file(name), text, { mode: 0o600 })
  }
  const ssl = { ssl: 'on', ssl_cert_file: file('host.pem'), ssl_key_file: file('host.key') }
  server = await startServer(join(folder, 'server'), { settings: ssl })
  const more = { ...ssl, ssl_ca_file: file('ca.pem'), hba_file: file('hba.conf') }
  strict = await startServer(join(folder, 'strict'), { settings: more, answers: 'refusal' })
})

afterAll(async () => {
  await server.stop()
  await strict.stop()
  await rm(folder, { recursive: true, force: true })
})

function address(at: TestServer, query: Record<string, string>, host = 'localhost'): Secret {
  const url = new URL(at.url.reveal())
  url.hostname = host
  url.search = new URLSearchParams(query).toString()
  return new Secret(url.href)
}

async function isEncrypted(url: Secret): Promise<boolean> {
  const pool = createPool(url, { name: 'test', connectionsMax: 2 })
  try {
    const mine = sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`
    const both = await Promise.all([one<{ ssl: boolean }>(pool, mine), one(pool, mine)])
    return both[0].ssl
  } finally {
    await pool.end()
  }
}

type Files = Record<string, string>
const withFiles = (query: Files) =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      /\.(pem|key)$/.test(value) ? file(value) : value,
    ]),
  )

describe('a server that offers TLS', () => {
  test.each<[Files, string, boolean]>([
    [{}, 'localhost', true],
    [{ sslmode: 'disable' }, 'localhost', false],
    [{ sslmode: 'allow' }, 'localhost', false],
    [{ sslmode: 'prefer' }, 'localhost', true],
    [{ sslmode: 'require' }, '127.0.0.1', true],
    [{ ssl: 'true' }, '127.0.0.1', true],
    [{ sslmode: 'require', sslrootcert: 'ca.pem' }, '127.0.0.1', true],
    [{ sslmode: 'verify-ca', sslrootcert: 'ca.pem' }, '127.0.0.1', true],
    [{ sslmode: 'verify-full', sslrootcert: 'ca.pem' }, 'localhost', true],
  ])('%j at %s is encrypted: %s', async (query, host, encrypted) => {
    expect(await isEncrypted(address(server, withFiles(query), host))).toBe(encrypted)
  })

  test.each<[Files, string]>([
    [{ sslmode: 'require', sslrootcert: 'other.pem' }, 'localhost'],
    [{ sslmode: 'verify-ca', sslrootcert: 'other.pem' }, 'localhost'],
    [{ sslmode: 'verify-full', sslrootcert: 'ca.pem' }, '127.0.0.1'],
    [{ sslmode: 'verify-full' }, 'localhost'],
    [{ sslrootcert: 'system' }, 'localhost'],
  ])('%j at %s is not trusted, and told so', async (query, host) => {
    const url = address(server, withFiles(query), host)
    await expect(isEncrypted(url)).rejects.toMatchObject({ kind: 'config', code: 'TLS_FAILED' })
  })

  test('verify-full without a CA takes those of the machine', async () => {
    const config = postgresConfiguration(address(server, { sslmode: 'verify-full' }))
    const inputs = { config: { ...config, schema: 'w' } }
    const answer = async (env: Record<string, string>) => {
      const { messages } = await runConnector('destination-postgres', 'check', inputs, [], env)
      return JSON.stringify(messages)
    }
    expect(await answer({})).toContain('TLS failed')
    expect(await answer({ SSL_CERT_FILE: file('ca.pem') })).toContain('SUCCEEDED')
    expect(await answer({ NODE_EXTRA_CA_CERTS: file('ca.pem') })).toContain('SUCCEEDED')
  })

  test('what a URL says is what the destination does', async () => {
    const asked = { sslmode: 'require', sslrootcert: file('other.pem') }
    const config = { ...postgresConfiguration(address(server, asked)), schema: 'w' }
    const { messages } = await runConnector('destination-postgres', 'check', { config })
    expect(JSON.stringify(messages)).toContain('TLS failed')
  })
})

describe('a server that wants a certificate', () => {
  const own = { sslcert: 'client.pem', sslkey: 'client.key' }

  test('allow and prefer reach it, with the files of the URL', async () => {
    for (const sslmode of ['allow', 'prefer', 'require']) {
      expect(await isEncrypted(address(strict, withFiles({ ...own, sslmode })))).toBe(true)
    }
    const disabled = isEncrypted(address(strict, { sslmode: 'disable' }))
    await expect(disabled).rejects.toMatchObject({ kind: 'config' })
  })

  test('so does the destination', async () => {
    const full = withFiles({ ...own, sslmode: 'verify-full', sslrootcert: 'ca.pem' })
    const config = { ...postgresConfiguration(address(strict, full)), schema: 'w' }
    const { messages } = await runConnector('destination-postgres', 'check', { config })
    expect(JSON.stringify(messages)).toContain('SUCCEEDED')
  })
})

test('a server whose certificate has expired is not trusted, and told so', async () => {
  const full = withFiles({ sslmode: 'verify-full', sslrootcert: 'ca.pem' })
  const expired = certificateOf('localhost', trusted, pastEnd)
  await writeFile(file('host.pem'), expired.certificate)
  await writeFile(file('host.key'), expired.key)
  const pool = createPool(address(server, { sslmode: 'require' }), { name: 'test' })
  await one(pool, sql`select pg_reload_conf()`)
  await pool.end()
  const message = expect.stringContaining('certificate has expired') as string
  await expect
    .poll(() => isEncrypted(address(server, full)).catch((error: unknown) => error))
    .toMatchObject({ code: 'TLS_FAILED', kind: 'config', message })
  // whoever asks for no proof still gets an encrypted connection, as libpq has it
  expect(await isEncrypted(address(server, { sslmode: 'require' }))).toBe(true)
})

describe('a server without TLS', () => {
  const plain = (sslmode: string) => {
    const url = new URL(inject('adminUrl'))
    url.search = `sslmode=${sslmode}`
    return new Secret(url.href)
  }

  test('prefer goes without, require does not', async () => {
    expect(await isEncrypted(plain('prefer'))).toBe(false)
    await expect(isEncrypted(plain('require'))).rejects.toMatchObject({ code: 'TLS_FAILED' })
  })
})
