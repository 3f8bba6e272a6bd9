// What dbt is told of the warehouse: all that the URL says.
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { dbtConnection } from '../../src/server/models/connection.ts'
import { settingsOf } from '../../src/server/settings.ts'
import { Secret } from '../../src/std/secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'tartan dbt '))
afterAll(() => rmSync(folder, { recursive: true }))

const told = (url: string) => dbtConnection(new Secret(url), 'plaid_models', folder)

test('place, role, schema and settings are those of the URL', async () => {
  const url = 'postgres://me%40x:p%2Fw@db.example:6543/ware%20house?options=-c%20jit%3Doff'
  expect(await told(`${url}&connect_timeout=7`)).toEqual({
    TARTAN_DBT_HOST: 'db.example',
    TARTAN_DBT_PORT: '6543',
    TARTAN_DBT_DATABASE: 'ware house',
    TARTAN_DBT_USER: 'me@x',
    DBT_ENV_SECRET_TARTAN_PASSWORD: 'p/w',
    TARTAN_DBT_SCHEMA: 'plaid_models',
    TARTAN_DBT_SSLMODE: 'prefer',
    TARTAN_DBT_CONNECT_SECONDS: '7',
    PGOPTIONS: '-c jit=off',
  })
})

test('TLS is as strict as it is for the sync, and a key comes opened, for its owner alone', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const sealed = {
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'open',
  } as const
  for (const [name, text] of [
    ['ca', 'the CA'],
    ['own', 'the certificate'],
    ['key', privateKey.export(sealed).toString()],
  ] as const) {
    writeFileSync(join(folder, name), text)
  }
  const own = `sslcert=${folder}/own&sslkey=${folder}/key&sslpassword=open`
  const files = `sslrootcert=${folder}/ca&${own}`
  const given = await told(`postgres://u:p@db/w?sslmode=verify-full&${files}`)
  expect(given['TARTAN_DBT_SSLMODE']).toBe('verify-full')
  expect(readFileSync(given['TARTAN_DBT_SSLROOTCERT'] ?? '', 'utf8')).toBe('the CA')
  expect(readFileSync(given['TARTAN_DBT_SSLCERT'] ?? '', 'utf8')).toBe('the certificate')
  const key = given['TARTAN_DBT_SSLKEY'] ?? ''
  expect(statSync(key).mode & 0o777).toBe(0o600)
  expect(createPrivateKey(readFileSync(key)).equals(privateKey)).toBe(true)
  const machine = await told('postgres://u:p@db/w?sslmode=verify-full')
  expect(machine['TARTAN_DBT_SSLROOTCERT']).toBe('system')
})

test.each(['airbyte_plaid', 'airbyte_internal', 'Models', 'a b', '"x"', '1st'])(
  'the models never land in %s',
  (schema) => {
    const given = { TARTAN_DATA_DIR: folder, TARTAN_DBT_SCHEMA: schema }
    expect(() => settingsOf(given, new Set())).toThrow(/TARTAN_DBT_SCHEMA is a schema’s name/)
  },
)
