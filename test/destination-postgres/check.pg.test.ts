// spec and check, as a platform asks them.
import { expect, test } from 'vitest'
import { freePort } from '../support/postgres.ts'
import { runConnector } from '../support/connector.ts'
import { testDatabase } from '../support/database.ts'
import { warehouseConfig } from '../support/warehouse.ts'

function status(messages: unknown[]): unknown {
  const [message] = messages as { connectionStatus: unknown }[]
  return message?.connectionStatus
}

test('spec names the modes and marks the secrets', async () => {
  const { code, messages } = await runConnector('destination-postgres', 'spec')
  expect(code).toBe(0)
  expect(messages).toMatchObject([
    {
      type: 'SPEC',
      spec: {
        supported_destination_sync_modes: ['overwrite', 'append', 'append_dedup'],
        connectionSpecification: { properties: { password: { airbyte_secret: true } } },
      },
    },
  ])
})

test('check tries everything out and leaves nothing behind', async () => {
  await using db = await testDatabase()
  const config = warehouseConfig(db, { ssl_mode: { mode: 'prefer' } })
  const result = await runConnector('destination-postgres', 'check', { config })
  expect(result.code).toBe(0)
  expect(status(result.messages)).toEqual({ status: 'SUCCEEDED' })
  const { rows } = await db
    .pool()
    .query(`select 1 as x from pg_namespace where nspname in ('w', 'airbyte_internal')`)
  expect(rows).toEqual([])
})

test.each([
  ['a wrong password', { password: 'not-the-password' }, /password|authentication/],
  ['no such database', { database: 'nowhere' }, /nowhere/],
  ['a database that takes nobody', { database: 'template0' }, /not currently accepting/],
  ['a server without TLS', { ssl_mode: { mode: 'require' } }, /TLS/],
  ['TLS in a word', { ssl_mode: 'require' }, /ssl_mode must be an object/],
  ['TLS without its mode', { ssl_mode: { ca_certificate: 'x' } }, /ssl_mode\.mode is one of/],
  ['TLS as it was asked for once', { ssl_mode: undefined, ssl: true }, /TLS/],
  ['a word for deletions', { cdc_deletion_mode: 'soft' }, /cdc_deletion_mode is one of Hard/],
  ['a schema that is no text', { schema: 5 }, /schema must be a text/],
  ['a tunnel in a word', { tunnel_method: 'SSH_KEY_AUTH' }, /tunnel_method must be an object/],
  ['a tunnel', { tunnel_method: { tunnel_method: 'SSH_KEY_AUTH' } }, /tunnel/],
])('check fails with a sentence: %s', async (_, wrong, sentence) => {
  await using db = await testDatabase()
  const config = warehouseConfig(db, wrong)
  const { code, messages } = await runConnector('destination-postgres', 'check', { config })
  expect(code).toBe(0)
  expect(status(messages)).toEqual({
    status: 'FAILED',
    message: expect.stringMatching(sentence) as string,
  })
  expect(JSON.stringify(messages)).not.toContain('not-the-password')
})

test('a database that is not there is a transient failure of a write', async () => {
  await using db = await testDatabase()
  const config = warehouseConfig(db, { host: '127.0.0.1', port: await freePort() })
  const inputs = { config, catalog: { streams: [] } }
  const { code, errors } = await runConnector('destination-postgres', 'write', inputs)
  expect(code).not.toBe(0)
  expect(errors[0]).toMatchObject({
    failure_type: 'transient_error',
    message: expect.stringContaining('ECONNREFUSED') as string,
  })
})
