import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { envExample, optionsPage } from '../../src/cli/option-pages.ts'
import { table } from '../../src/server/options.ts'
import {
  childEnvironment,
  readRunFile,
  readSettings,
  runFilePath,
  writeRunFile,
} from '../../src/server/settings.ts'
import { newSealingKeyText, sealingKey } from '../../src/std/secrets.ts'

const project = resolve(import.meta.dirname, '../..')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'options '))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function settings(env: Record<string, string>, file = '', flags: Record<string, string> = {}) {
  const path = join(folder, 'env')
  writeFileSync(path, file)
  return readSettings(flags, { TARTAN_ENV_FILE: path, TARTAN_DATA_DIR: folder, ...env })
}

describe('the table of options', () => {
  test('.env.example is what it makes', () => {
    expect(readFileSync(join(project, '.env.example'), 'utf8')).toBe(envExample().trimEnd() + '\n')
  })

  test('docs/options.md is what it makes', () => {
    expect(readFileSync(join(project, 'docs/options.md'), 'utf8')).toBe(
      optionsPage().trimEnd() + '\n',
    )
  })

  test('every option stands once, with a sentence', () => {
    const names = Object.values(table).map((spec) => spec.env)
    expect(new Set(names).size).toBe(names.length)
    for (const { doc } of Object.values(table)) expect(doc).toMatch(/^[A-Z].*\.$/)
  })
})

describe('what was given', () => {
  test('a flag wins over the environment, the environment over the file', async () => {
    const file = 'PLAID_API_PORT=1\nTARTAN_API_PORT=1\nTARTAN_EMULATOR_PORT=1\n'
    const env = { TARTAN_API_PORT: '2', TARTAN_EMULATOR_PORT: '2' }
    const { options } = await settings(env, file, { TARTAN_EMULATOR_PORT: '3' })
    expect([options.plaidApiPort, options.apiPort, options.emulatorPort]).toEqual([1, 2, 3])
  })

  test('an empty variable of the environment leaves the file’s value', async () => {
    expect((await settings({ PLAID_API_PORT: ' ' }, 'PLAID_API_PORT=7')).options.plaidApiPort).toBe(
      7,
    )
  })

  test('a cron expression needs no quotes in the file', async () => {
    const { options } = await settings({}, 'TARTAN_SYNC_CRON=0 0 */4 * * ?\n')
    expect(options.syncCron).toBe('0 0 */4 * * ?')
  })

  test('credentials without a word which Plaid they are for are refused', async () => {
    await expect(settings({ PLAID_CLIENT_ID: 'x' })).rejects.toThrow('set PLAID_ENV')
  })

  test('a wrong value names its variable and what it may be', async () => {
    await expect(settings({ TARTAN_API_PORT: '70000' })).rejects.toThrow(
      'TARTAN_API_PORT must be a whole number from 1 to 65535',
    )
  })

  test('countries are those that Plaid has, each once', async () => {
    const of = async (given: string) =>
      (await settings({ PLAID_COUNTRY_CODES: given })).options.countryCodes
    expect(await of('')).toEqual(['US', 'CA'])
    expect(await of(' GB, IE,GB')).toEqual(['GB', 'IE'])
    for (const wrong of ['UK', 'GB,', 'gb', 'GB IE']) {
      await expect(of(wrong)).rejects.toMatchObject({
        field: 'PLAID_COUNTRY_CODES',
        message: expect.stringMatching(
          /^PLAID_COUNTRY_CODES has “.*”: it is one or more of US, GB/,
        ),
      })
    }
    await expect(settings({ PLAID_LANGUAGE: 'klingon' })).rejects.toThrow('PLAID_LANGUAGE must be')
  })

  test.each(['every day', '* * * * * ?', '0 * * * * ?'])(
    'the schedule “%s” is refused by the name of its option',
    async (cron) => {
      await expect(settings({ TARTAN_SYNC_CRON: cron })).rejects.toMatchObject({
        field: 'TARTAN_SYNC_CRON',
        message: expect.stringMatching(/^TARTAN_SYNC_CRON: .*one hour minimum/),
      })
    },
  )

  test('two services on one port are refused by the names of both options', async () => {
    await expect(settings({ PLAID_API_PORT: '8001' })).rejects.toThrow(
      'PLAID_API_PORT and TARTAN_API_PORT are both 8001: each service needs a port of its own',
    )
    // No emulator runs beside a real Plaid.
    await settings({ PLAID_API_PORT: '8090', PLAID_ENV: 'sandbox' })
  })

  test('L5: what is no database URL is refused, and not repeated', async () => {
    const wrong = settings({ TARTAN_WAREHOUSE_URL: 'me:canary@db/w' })
    await expect(wrong).rejects.toThrow(
      /^TARTAN_WAREHOUSE_URL must be postgres:\/\/user:password@host\/name$/,
    )
  })

  test('a real Plaid has a data folder of its own', async () => {
    const of = async (env: string) =>
      (await readSettings({}, { PLAID_ENV: env, TARTAN_ENV_FILE: '/dev/null' })).dataFolder
    expect(await of('emulator')).toBe(join(project, '.tartan'))
    expect(await of('production')).toBe(join(project, '.tartan/production'))
  })
})

describe('what a run’s processes read', () => {
  const key = sealingKey(newSealingKeyText())
  const given = {
    PLAID_ENV: 'sandbox',
    PLAID_SECRET: 'canary-of-plaid',
    TARTAN_WAREHOUSE_URL: 'postgres://me:canary-of-warehouse@db/w',
  }

  test('is what was given', async () => {
    const before = await settings(given)
    expect(await writeRunFile(before, key)).toBe(true)
    const after = await readRunFile(folder, key)
    expect(after.options.plaidSecret?.reveal()).toBe('canary-of-plaid')
    expect(after.dataFolder).toBe(folder)
    expect(after.embedded).toBe(true)
  })

  test('is written anew only when something changed', async () => {
    await writeRunFile(await settings(given), key)
    expect(await writeRunFile(await settings(given), key)).toBe(false)
    expect(await writeRunFile(await settings({ ...given, PLAID_SECRET: 'new' }), key)).toBe(true)
  })

  test('L5: holds no secret in clear, and no child inherits one', async () => {
    await writeRunFile(await settings(given), key)
    expect(readFileSync(runFilePath(folder), 'utf8')).not.toContain('canary')
    expect(JSON.stringify(childEnvironment('info', { ...given, PATH: '/bin' }))).not.toContain(
      'canary',
    )
  })
})
