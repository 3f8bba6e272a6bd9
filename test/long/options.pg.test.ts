// No option is passed over in silence: what is given to a command that talks to what runs is taken,
// or refused by the name of the command that takes it.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connection } from '../../src/server/airbyte/connection.ts'
import { databaseUrl } from '../../src/server/keys.ts'
import { flagOf, table, type TartanOption } from '../../src/server/options.ts'
import { another } from '../support/another-value.ts'
import { freePort } from '../support/postgres.ts'
import { startSystem, type System } from '../support/system.ts'

const MINUTES = 60_000
const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
let system: System
let env: Record<string, string>

beforeAll(async () => {
  system = await startSystem()
  env = system.settings.given as Record<string, string>
}, 2 * MINUTES)

afterAll(() => system[Symbol.asyncDispose]())

interface Ran {
  code: number
  stdout: string
  stderr: string
}

function tartan(args: string[], more: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const command = ['--disable-warning=ExperimentalWarning', main, ...args]
    const surroundings = { env: { ...process.env, ...env, ...more } }
    execFile(process.execPath, command, surroundings, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })
}

async function schedule(): Promise<string | undefined> {
  const [connection] = await system.airbyte.list<Connection>('/connections')
  return connection?.schedule.cronExpression
}

function refusal(name: string, remedy: RegExp) {
  const sentence = new RegExp(`✗ what is given .*\\n  ${name}: .*${remedy.source}`)
  return { code: 3, stderr: expect.stringMatching(sentence) as string }
}

test(
  'a set-up takes the schedule that is given, by flag, environment and file',
  async () => {
    const byFlag = await tartan(['setup', '--sync-cron', '0 0 5 * * ?'])
    expect(byFlag).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/connection .* updated/),
    })
    expect(await schedule()).toBe('0 0 5 * * ?')
    // What is in use now is not what the environment gives.
    expect(await tartan(['sync'])).toMatchObject(refusal('TARTAN_SYNC_CRON', /airbyte-setup takes/))
    expect(await tartan(['start'])).toMatchObject(
      refusal('TARTAN_SYNC_CRON', /airbyte-setup takes/),
    )

    const file = join(system.settings.dataFolder, 'env')
    await writeFile(file, 'TARTAN_SYNC_CRON=0 0 7 * * ?\n')
    const given = { TARTAN_SYNC_CRON: '', TARTAN_ENV_FILE: file }
    expect((await tartan(['setup'], given)).stdout).toMatch(/connection .* updated/)
    expect(await schedule()).toBe('0 0 7 * * ?')
    expect((await tartan(['status'], given)).code).toBe(0)
    await writeFile(file, '')
    expect(await tartan(['status'], given)).toMatchObject(
      refusal('TARTAN_SYNC_CRON', /setup takes/),
    )

    expect((await tartan(['setup'])).stdout).toMatch(/connection .* updated/)
    expect(await schedule()).toBe(env['TARTAN_SYNC_CRON'])
    expect((await tartan(['setup'])).stdout).toMatch(/connection .* unchanged/)
  },
  MINUTES,
)

const options: TartanOption[] = Object.values(table)
/** The level counts at once, and the host is refused wherever it is given. */
const refusedAlone = ['TARTAN_LOG_LEVEL', 'TARTAN_DATABASE_HOST']
const ofStart = options.filter(({ applies, env: name }) => {
  return /start/.test(applies) && !refusedAlone.includes(name)
})

test.each(ofStart)('$env that differs is refused by a set-up', async (spec) => {
  const flag = flagOf(spec)
  const given = { PLAID_ENV: 'emulator' }
  const ran = flag
    ? await tartan(['setup', flag, another(spec)], given)
    : await tartan(['setup'], { ...given, [spec.env]: another(spec) })
  expect(ran).toMatchObject(refusal(spec.env, /(make airbyte-start takes it|for good)/))
  expect(ran.stderr).not.toContain('canary')
})

test.each([
  ['sync'],
  ['status'],
  ['plaid-sync'],
  ['plaid-accounts'],
  ['sql', 'select 1'],
  ['verify'],
  ['link-token'],
  ['credentials'],
  ['emulator', 'advance', '1d'],
])('%s refuses what it does not take', async (...command) => {
  const given = { PLAID_POLL_MINUTES: '61' }
  expect(await tartan(command, given)).toMatchObject(
    refusal('PLAID_POLL_MINUTES', /61, in use: 10080 \(make airbyte-start/),
  )
})

test('a value that a flag gave wrongly is told with the flag', async () => {
  expect(await tartan(['check', '--api-port', 'many'])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/--api-port many: TARTAN_API_PORT must be a whole/) as string,
  })
})

test('check lists what would change, and looks at it', async () => {
  const { code, stdout } = await tartan(['check'], { PLAID_POLL_MINUTES: '61' })
  expect(code).toBe(0)
  expect(stdout).toContain('… PLAID_POLL_MINUTES: 61, in use: 10080 (make airbyte-start takes it)')
})

test('how much is logged counts for the command at once, which says so', async () => {
  const { code, stderr } = await tartan(['sql', 'select nothing'], { TARTAN_LOG_LEVEL: 'debug' })
  expect([code, stderr]).toEqual([3, expect.stringContaining('… of this command only, TARTAN_LOG')])
  expect(stderr).toMatch(/^ +at /m)
})

test.each([
  [['stop', '--sync-cron', '0 0 5 * * ?'], /no use for --sync-cron/],
  [['logs', '--worker-jobs-max', '3'], /no use for --worker-jobs-max/],
  [['logs', '--tail', 'many'], /--tail <lines>' argument 'many' is invalid. It is a whole number/],
  [['options', '--host', 'x'], /no use for --host/],
  [['bench', 'nosuch'], /no bench nosuch: it is emulator, readers, .* or a number/],
])('%j is not understood', async (command, sentence) => {
  expect(await tartan(command)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(sentence) as string,
  })
})

test(
  'a start takes what is given, and tells the engine of an address that moved',
  async () => {
    env = { ...env, PLAID_API_PORT: String(await freePort()) }
    const { code, stdout, stderr } = await tartan(['start'])
    expect([code, stderr]).toEqual([0, expect.stringMatching(/PLAID_API_PORT: \d+ → \d+/)])
    expect(stdout).toMatch(/source “Plaid” updated/)
    expect((await tartan(['sync'])).code).toBe(0)
    const again = await tartan(['start'])
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('runs already') })
    expect(again.stdout).not.toContain('updated')
  },
  MINUTES,
)

test(
  'a start of another version stops what runs, and nothing of the same version',
  async () => {
    const path = join(env['TARTAN_DATA_DIR']!, 'run', 'options.json')
    const file = JSON.parse(await readFile(path, 'utf8')) as object
    await writeFile(path, JSON.stringify({ ...file, version: 'older' }))
    const { code, stderr, stdout } = await tartan(['start'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('another version of the code runs')])
    expect(stdout).not.toContain('already')
    expect((await tartan(['start'])).stdout).toContain('runs already')
  },
  MINUTES,
)

test('a start onto a port that is taken stops nothing of what runs', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const port = (other.address() as AddressInfo).port
  const before = (await tartan(['status', '--json'])).stdout
  const { code, stderr } = await tartan(['start'], { PLAID_API_PORT: String(port) })
  expect([code, stderr]).toEqual([3, expect.stringMatching(/port \d+ \(plaid-api\) is in use by/)])
  other.close()
  const pidsOf = (json: string) =>
    (JSON.parse(json) as { processes: { pid?: number }[] }).processes.map(({ pid }) => pid)
  expect(pidsOf((await tartan(['status', '--json'])).stdout)).toEqual(pidsOf(before))
})

test('a query may begin with a comment; an option that there is not is none', async () => {
  const query = '-- how many\nselect 1 as n'
  const { code, stdout } = await tartan(['sql', query, '--json'])
  expect([code, JSON.parse(stdout)]).toEqual([0, [{ n: 1 }]])
  expect(await tartan(['sql', '--jsn'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no option --jsn') as string,
  })
})

test(
  'init takes what is given too',
  async () => {
    const { code, stderr } = await tartan(['init', '--worker-jobs-max', '3'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('TARTAN_WORKER_JOBS_MAX: 2 → 3')])
  },
  MINUTES,
)

test(
  'a set-up takes another warehouse, and says what that means for each stream',
  async () => {
    const url = (await databaseUrl(system.settings)).reveal()
    const given = { TARTAN_WAREHOUSE_URL: url }
    expect(await tartan(['sync'], given)).toMatchObject(
      refusal('TARTAN_WAREHOUSE_URL', /•+, in use: not set \(make airbyte-setup takes it/),
    )
    const { code, stdout } = await tartan(['setup'], given)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/destination “Warehouse” updated/)])
    expect(stdout).toMatch(/stream “transactions” .*read again/)
    expect((await tartan(['sync'], given)).code).toBe(0)
    const count = 'select count(*)::int as n from airbyte_plaid.transactions'
    const { rows } = await system.store.query<{ n: number }>(count)
    expect(JSON.parse((await tartan(['sql', '--json', count], given)).stdout)).toEqual(rows)
    expect(rows[0]?.n).toBeGreaterThan(1_000)
  },
  2 * MINUTES,
)

test('what the data are of is refused for good', async () => {
  expect(await tartan(['start'], { TARTAN_EMULATOR_SEED: 'other' })).toMatchObject(
    refusal('TARTAN_EMULATOR_SEED', /TARTAN_DATA_DIR of its own/),
  )
  expect((await tartan(['status'])).stdout).toContain('Tartan: running')
})
