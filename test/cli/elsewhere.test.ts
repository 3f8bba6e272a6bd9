// Options as container platforms hand them over, and commands where something else runs the
// services.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { emulatorUrl, engineUrl, plaidApiUrl } from '../../src/server/addresses.ts'
import { databaseUrl, makeKeys } from '../../src/server/keys.ts'
import { childEnvironment, readSettings } from '../../src/server/settings.ts'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere '))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function settings(env: Record<string, string>, file = '') {
  const path = join(folder, 'env')
  writeFileSync(path, file)
  return readSettings({}, { TARTAN_ENV_FILE: path, TARTAN_DATA_DIR: folder, ...env })
}

function secretFile(text: string): string {
  const path = join(folder, 'secret')
  writeFileSync(path, text)
  return path
}

describe('a secret in a file', () => {
  test('counts like one that is given, whoever names the file', async () => {
    const path = secretFile('s3cret\n')
    const byEnv = await settings({ PLAID_SECRET_FILE: path })
    const byFile = await settings({}, `PLAID_SECRET_FILE=${path}\n`)
    for (const { options, given } of [byEnv, byFile]) {
      expect(options.plaidSecret?.reveal()).toBe('s3cret')
      expect(given).not.toHaveProperty('PLAID_SECRET_FILE')
    }
    expect(byFile.fromFile).toContain('PLAID_SECRET')
    expect(byEnv.fromFile).not.toContain('PLAID_SECRET')
  })

  test('the environment’s goes before the file’s', async () => {
    const env = { TARTAN_DATABASE_URL: 'postgres://u:p@env/db' }
    const file = `TARTAN_DATABASE_URL_FILE=${secretFile('postgres://u:p@file/db')}\n`
    expect((await settings(env, file)).options.databaseUrl?.reveal()).toContain('@env/')
  })

  test('is refused where it is not to be read, or given twice', async () => {
    await expect(settings({ PLAID_SECRET_FILE: join(folder, 'none') })).rejects.toThrow(
      /PLAID_SECRET_FILE names a file that cannot be read/,
    )
    const both = { PLAID_SECRET: 'a', PLAID_SECRET_FILE: secretFile('b') }
    await expect(settings(both)).rejects.toThrow(/both set/)
  })

  test('is handed on to no child', () => {
    expect(childEnvironment('info', { PLAID_SECRET_FILE: '/run/secrets/plaid' })).toEqual({
      TARTAN_LOG_LEVEL: 'info',
    })
  })
})

describe('addresses', () => {
  test('what a platform says of a service that is called like an option is not ours', async () => {
    const { options } = await settings({ PLAID_API_PORT: 'tcp://10.0.0.7:8080' })
    expect(options.plaidApiPort).toBe(8080)
  })

  test('are this machine’s, or as they are told', async () => {
    const here = await settings({ TARTAN_HOST: '0.0.0.0' })
    expect(plaidApiUrl(here)).toBe('http://127.0.0.1:8080')
    const told = await settings({
      TARTAN_SERVICES: 'elsewhere',
      PLAID_API_URL: 'http://plaid-api:8080/',
      TARTAN_API_URL: 'https://engine.internal',
      TARTAN_EMULATOR_URL: 'http://[fd00::1]:8090',
      TARTAN_DATABASE_HOST: 'fd00::2',
    })
    expect([plaidApiUrl(told), engineUrl(told), emulatorUrl(told)]).toEqual([
      'http://plaid-api:8080',
      'https://engine.internal',
      'http://[fd00::1]:8090',
    ])
    await makeKeys(folder)
    expect((await databaseUrl(told)).reveal()).toMatch(/@\[fd00::2\]:5433\/tartan$/)
  })

  test.each([{ PLAID_API_URL: 'plaid-api:8080' }, { TARTAN_DATABASE_HOST: 'db' }])(
    '%o is refused',
    async (env) => {
      const [name] = Object.keys(env)
      await expect(settings(env)).rejects.toThrow(new RegExp(`^${name} `))
    },
  )
})

describe('the commands', () => {
  const run = (env: Record<string, string>, ...args: string[]) =>
    promisify(execFile)(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, ...args],
      {
        env: { ...process.env, TARTAN_DATA_DIR: folder, ...env },
      },
    )
  const elsewhere = { TARTAN_SERVICES: 'elsewhere' }

  test('keys are made once, readable by their owner alone', async () => {
    expect((await run(elsewhere, 'prepare', 'keys')).stdout).toBe('✓ keys made\n')
    expect((await run(elsewhere, 'prepare', 'keys')).stdout).toBe('✓ keys are there\n')
    expect(statSync(join(folder, 'secrets/master.key')).mode & 0o777).toBe(0o600)
  })

  test.each(['start', 'stop', 'logs'])('%s is not theirs to do elsewhere', async (command) => {
    await expect(run(elsewhere, command)).rejects.toThrow(/something else runs the services/)
  })

  test.each([
    ['prepare', 'keys'],
    ['serve', 'worker'],
  ])('%s is not for here', async (...args) => {
    await expect(run({}, ...args)).rejects.toThrow(/needs TARTAN_SERVICES=elsewhere/)
  })
})
