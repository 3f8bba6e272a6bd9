import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { envExample, optionsPage } from '../../src/cli/option-pages.ts'
import { table, type TartanOption } from '../../src/server/options.ts'
import { changes, changesOfStart, changeText, idleTexts } from '../../src/server/changes.ts'
import {
  forSetUp,
  readRun,
  type Run,
  runFilePath,
  writeSetUp,
  writeStarted,
} from '../../src/server/run-file.ts'
import { webhookAddress } from '../../src/server/addresses.ts'
import { childEnvironment, readSettings, type Settings } from '../../src/server/settings.ts'
import { another } from '../support/another-value.ts'
import { newSealingKeyText, sealingKey } from '../../src/std/secrets.ts'

const project = resolve(import.meta.dirname, '../..')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'options '))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function settings(
  env: Record<string, string>,
  file: string | Buffer = '',
  flags: Record<string, string> = {},
) {
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
    await expect(settings({ TARTAN_WEB_URL: 'money.example' })).rejects.toThrow('TARTAN_WEB_URL')
    await expect(settings({ TARTAN_WEB_PROXIES: '10.0.0.0/99' })).rejects.toThrow(
      'TARTAN_WEB_PROXIES has “10.0.0.0/99”',
    )
    await expect(settings({ TARTAN_API_PORT: '70000' })).rejects.toThrow(
      'TARTAN_API_PORT must be a whole number from 1 to 65535',
    )
  })

  test('a date is one of the calendar, and an address has an @', async () => {
    const day = 'TARTAN_EMULATOR_DATE'
    expect((await settings({ [day]: '2028-02-29' })).options.emulatorDate).toBe('2028-02-29')
    for (const wrong of ['2026-02-30', '2026-02-29', '2026-2-1', 'today', '2026-13-01']) {
      const sentence = `${day} must be a date, YYYY-MM-DD`
      await expect(settings({ [day]: wrong }), wrong).rejects.toThrow(sentence)
    }
    const [to, from] = ['TARTAN_ALERT_EMAIL', 'TARTAN_ALERT_EMAIL_FROM']
    const { options } = await settings({ [to]: 'a@b.example, c@d', [from]: 'Tartan <t@b.example>' })
    expect(options.alertEmail).toBe('a@b.example, c@d')
    for (const wrong of ['notanaddress', 'a@b,', 'a@b, c', 'a b@c']) {
      await expect(settings({ [to]: wrong }), wrong).rejects.toMatchObject({ field: to })
    }
    await expect(settings({ [from]: 'a@b,c@d' })).rejects.toThrow(`${from} must be an e-mail`)
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

  test.each([
    ['every day', /^TARTAN_SYNC_CRON: .*is not valid: it has 2 fields/],
    ['* * * * * ?', /^TARTAN_SYNC_CRON: .*one hour minimum/],
    ['0 * * * * ?', /^TARTAN_SYNC_CRON: .*one hour minimum/],
    ['0 20 0 * * ? Europe/Pari', /^TARTAN_SYNC_CRON: .*names the time zone Europe.Pari/],
  ])('the schedule “%s” is refused by the name of its option', async (cron, message) => {
    await expect(settings({ TARTAN_SYNC_CRON: cron })).rejects.toMatchObject({
      field: 'TARTAN_SYNC_CRON',
      message: expect.stringMatching(message),
    })
  })

  test('a name of ours in the file that is no option is refused', async () => {
    await expect(settings({}, 'TARTAN_SYNC_CORN=0 0 5 * * ?')).rejects.toMatchObject({
      code: 'OPTION_UNKNOWN',
      field: 'TARTAN_SYNC_CORN',
    })
    await settings({}, 'TARTAN_EMULATOR_DATA=x\nPLAID_OTHER=y\nDATABASE_URL=z')
  })

  test('a file that was named must be there', async () => {
    await expect(readSettings({}, { TARTAN_ENV_FILE: join(folder, 'nope') })).rejects.toThrow(
      /^TARTAN_ENV_FILE names a file that cannot be read: ENOENT/,
    )
    await expect(readSettings({ TARTAN_ENV_FILE: '/nope' }, {})).rejects.toMatchObject({
      field: 'TARTAN_ENV_FILE',
    })
    await readSettings({}, { TARTAN_ENV_FILE: '', TARTAN_DATA_DIR: folder })
    const line = 'PLAID_API_PORT=81\n'
    for (const bytes of [`\uFEFF${line}`, Buffer.from(`\uFEFF${line}`, 'utf16le')]) {
      expect((await settings({}, bytes)).options.plaidApiPort).toBe(81)
    }
    await expect(settings({}, Buffer.from('TARTAN_CLIENT_NAME=Zürich', 'latin1'))).rejects.toThrow(
      /cannot be read: .*not valid for encoding utf-8/,
    )
    for (const slip of ['PLAID_API_PORT: 81', ' export PLAID_API_PORT 81', 'PLAID_API_PORT']) {
      await expect(settings({}, `# PLAID_API_PORT\nX: 1\n${slip}\n`)).rejects.toMatchObject({
        field: 'PLAID_API_PORT',
      })
    }
  })

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

describe('where Plaid sends webhooks', () => {
  const real = { PLAID_ENV: 'production', PLAID_CLIENT_ID: 'me', PLAID_SECRET: 'canary' }
  const at = async (given: Record<string, string>) => webhookAddress(await settings(given))

  test('is on this machine where Plaid is emulated, and nowhere before anybody says', async () => {
    expect(await at({})).toBe('http://127.0.0.1:8080/webhooks/plaid')
    expect(await at({ PLAID_API_URL: 'http://api:9/' })).toBe('http://api:9/webhooks/plaid')
    expect(await at(real)).toBe(undefined)
  })

  test('is the public address, or one that is given whole, or none', async () => {
    const publicly = { TARTAN_PUBLIC_URL: 'https://tartan.example/bank/' }
    const whole = { PLAID_WEBHOOK_URL: 'https://hooks.example/plaid?key=1' }
    expect(await at({ ...real, ...publicly })).toBe('https://tartan.example/bank/webhooks/plaid')
    expect(await at({ ...real, ...publicly, ...whole })).toBe(whole.PLAID_WEBHOOK_URL)
    expect(await at({ ...real, ...whole, TARTAN_PUBLIC_URL: 'none' })).toBe('')
  })

  test.each(['TARTAN_PUBLIC_URL', 'PLAID_WEBHOOK_URL'])('is refused in %s', async (field) => {
    const wrong = ['x', 'ftp://a.example', 'https://me:canary@a.example', 'https://a.example/#b']
    for (const url of [...wrong, 'http://a.example']) {
      const refusal = { code: 'OPTION_INVALID', kind: 'config', field }
      await expect(settings({ ...real, [field]: url })).rejects.toMatchObject(refusal)
    }
    expect(await at({ [field]: 'http://a.example' })).toMatch(/^http:\/\/a\.example/)
  })
})

const key = sealingKey(newSealingKeyText())

describe('what a run’s processes read', () => {
  const given = {
    PLAID_ENV: 'sandbox',
    PLAID_SECRET: 'canary-of-plaid',
    TARTAN_WAREHOUSE_URL: 'postgres://me:canary-of-warehouse@db/w',
  }

  test('is what was given', async () => {
    await writeStarted(await settings(given), key)
    const run = (await readRun(folder, key))!
    expect(run.started.options.plaidSecret?.reveal()).toBe('canary-of-plaid')
    expect(run.started.dataFolder).toBe(folder)
    expect(run.started.embedded).toBe(true)
    expect(run.setUp).toBeUndefined()
  })

  test('has another id for another start, and keeps what the set-up was made with', async () => {
    const first = await writeStarted(await settings(given), key)
    await writeSetUp(await settings({ ...given, TARTAN_SYNC_CRON: '0 0 3 * * ?' }), key)
    const second = await writeStarted(await settings({ ...given, PLAID_SECRET: 'new' }), key)
    const run = (await readRun(folder, key))!
    expect([run.id, first === second]).toEqual([second, false])
    expect(run.setUp?.options.syncCron).toBe('0 0 3 * * ?')
    expect(run.setUp?.options.plaidSecret?.reveal()).toBe('new')
    expect(run.started.options.syncCron).toBe(table.syncCron.default)
  })

  test('L5: holds no secret in clear, and no child inherits one', async () => {
    await writeStarted(await settings(given), key)
    await writeSetUp(await settings(given), key)
    expect(readFileSync(runFilePath(folder), 'utf8')).not.toContain('canary')
    expect(JSON.stringify(childEnvironment('info', { ...given, PATH: '/bin' }))).not.toContain(
      'canary',
    )
  })
})

/** What runs, as if everything had been started and set up with it. */
async function runWith(of: Settings): Promise<Run> {
  await writeStarted(of, key)
  await writeSetUp(of, key)
  return (await readRun(folder, key))!
}

describe('a changed value', () => {
  const specs: TartanOption[] = Object.values(table)
  const emulated = { PLAID_ENV: 'emulator' }
  /** One of them is for services that run elsewhere alone. */
  const worldFor = ({ env }: TartanOption): Record<string, string> =>
    env === 'TARTAN_DATABASE_HOST' ? { ...emulated, TARTAN_SERVICES: 'elsewhere' } : emulated
  const changeable = specs.filter(({ applies }) => applies !== 'at once')

  test.each(changeable)('of $env is named to whoever talks to what runs', async (spec) => {
    const world = worldFor(spec)
    const run = await runWith(await settings(world))
    expect(changes(await settings(world), run)).toEqual([])
    const value = another(spec)
    const named = changes(await settings({ ...world, [spec.env]: value }), run)
    expect(named.map(({ env }) => env)).toEqual([spec.env])
    expect(named.map(changeText).join()).not.toContain('canary')
    // and taken by the command that it names, or refused there for good
    const now = await settings({ ...world, [spec.env]: value })
    const byStart = changesOfStart(now, run.started).map(({ env }) => env)
    const isIdle = idleTexts(now).some((sentence) => sentence.startsWith(`${spec.env} `))
    if (spec.applies === 'at setup') {
      expect(forSetUp(now, run).given[spec.env]).toBe(value)
      expect(changes(now, await runWith(forSetUp(now, run)))).toEqual([])
    } else expect(isIdle || byStart.includes(spec.env)).toBe(true)
  })

  test.each(changeable)('that the file has no more, of $env, is one too', async (spec) => {
    const given = spec.env === 'PLAID_ENV' ? {} : worldFor(spec)
    const run = await runWith(await settings(given, `${spec.env}=${another(spec)}\n`))
    const named = changes(await settings(given), run)
    expect(named.map(({ env }) => env)).toEqual([spec.env])
  })

  test('what a flag gave to a start need not be given again', async () => {
    const run = await runWith(await settings({}, '', { PLAID_API_PORT: '9000' }))
    expect(changes(await settings({}), run)).toEqual([])
    expect(changesOfStart(await settings({}), run.started)).toMatchObject([
      { env: 'PLAID_API_PORT', now: '8080', before: '9000' },
    ])
  })

  test('a schedule that a flag gave to a set-up stays, one of the file goes with its line', async () => {
    const flag = await settings({}, '', { TARTAN_SYNC_CRON: '0 0 5 * * ?' })
    const byFlag = forSetUp(await settings({}), await runWith(flag))
    expect(byFlag.options.syncCron).toBe('0 0 5 * * ?')
    const line = await settings({}, 'TARTAN_SYNC_CRON=0 0 5 * * ?')
    const byFile = forSetUp(await settings({}), await runWith(line))
    expect(byFile.options.syncCron).toBe(table.syncCron.default)
  })

  test('the same value written out is none', async () => {
    const run = await runWith(await settings({}))
    expect(changes(await settings({ PLAID_API_PORT: ' 8080 ' }), run)).toEqual([])
  })

  test('a start that needs the embedded database is one of the services', async () => {
    const url = 'postgres://me:x@db/w'
    const both = { TARTAN_DATABASE_URL: url, TARTAN_WAREHOUSE_URL: url }
    const started = await settings(both)
    const now = await settings({ TARTAN_DATABASE_URL: url })
    expect(changesOfStart(now, started)).toMatchObject([{ env: 'TARTAN_WAREHOUSE_URL' }])
  })

  test('of an option that this world has no use for is told', async () => {
    const real = { PLAID_ENV: 'sandbox', TARTAN_EMULATOR_SEED: 'x' }
    expect(idleTexts(await settings(real))).toEqual([
      'TARTAN_EMULATOR_SEED changes nothing here: no emulator runs, PLAID_ENV is sandbox',
    ])
  })
})
