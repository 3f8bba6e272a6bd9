// Setting up where something is in the way: a kill at any moment, a real Plaid without a bank, a
// port that is taken.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/std/clock.ts'
import { lockPath } from '../../src/server/supervisor/lock.ts'
import { testDatabase } from '../support/database.ts'
import { freePort } from '../support/postgres.ts'

const MINUTES = 60_000
const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
let env: Record<string, string>
let folder: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tartan set-up '))
  env = {
    TARTAN_DATA_DIR: join(folder, 'data'),
    TARTAN_DATABASE_PORT: String(await freePort()),
    PLAID_API_PORT: String(await freePort()),
    TARTAN_API_PORT: String(await freePort()),
    TARTAN_WEB_PORT: String(await freePort()),
    TARTAN_EMULATOR_PORT: String(await freePort()),
  }
})

afterEach(async () => {
  await tartan('stop')
  rmSync(folder, { recursive: true })
})

interface Ran {
  code: number
  stdout: string
  stderr: string
}

function tartan(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const command = ['--disable-warning=ExperimentalWarning', main, ...args]
    execFile(process.execPath, command, { env: { ...process.env, ...env } }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, stdout: out, stderr: err })
    })
  })
}

function begin(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** The supervisor too, when there is one: a machine that loses its power. */
function killSupervisor(): void {
  try {
    const { pid } = JSON.parse(readFileSync(lockPath(join(folder, 'data')), 'utf8')) as {
      pid: number
    }
    process.kill(pid, 'SIGKILL')
  } catch {
    // not started yet
  }
}

test(
  'a set-up that is killed at any moment is repaired by the same command, also twice at once',
  { timeout: 4 * MINUTES },
  async () => {
    for (const ms of [300, 700, 1_200, 2_000, 3_000, 4_000]) {
      const child = begin('init')
      await systemClock.sleep(ms)
      child.kill('SIGKILL')
      if (ms % 200 === 0) killSupervisor()
    }
    for (const { code, stderr } of await Promise.all([tartan('init'), tartan('init')])) {
      expect({ code, trouble: stderr.match(/^✗.*$/gm) }).toEqual({ code: 0, trouble: null })
    }
    expect((await tartan('verify')).code).toBe(0)
    const count = `select (select count(*)::int from plaid.item) as count,
      (select count(*)::int from engine.connection) as count`
    const made = await tartan('sql', '--json', '--db', 'tartan', count)
    expect(JSON.parse(made.stdout)).toEqual([{ count: 3, count_2: 1 }])
    expect((await tartan('status')).stdout).toMatch(/Next sync: \S+T(00|06|12|18):00:00/)
  },
)

test(
  'with a real Plaid and no bank, it ends well with a link, and goes on from there',
  { timeout: 2 * MINUTES },
  async () => {
    // An emulator of its own stands where the real one would: over the same HTTP.
    const plaid = begin('emulator')
    await once(plaid.stdout!, 'data')
    env = {
      ...env,
      PLAID_ENV: 'sandbox',
      PLAID_URL: `http://127.0.0.1:${env['TARTAN_EMULATOR_PORT']}`,
      PLAID_CLIENT_ID: '0123456789abcdef01234567',
      PLAID_SECRET: '0123456789abcdef0123456789abcd',
    }
    try {
      const first = await tartan('init')
      expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('no bank is linked')])
      const page = /http:\/\/127\S+\/link\/\S+/.exec(first.stdout)![0]
      const session = /--session (\S+)/.exec(first.stderr)![1]!
      const refused = await fetch(`http://127.0.0.1:${env['PLAID_API_PORT']}/stats`)
      expect(refused.status).toBe(401) // L10: open reads are for the emulated world only
      await consent(page)
      const linked = await tartan('link-token', '--session', session)
      expect([linked.code, linked.stdout]).toEqual([0, expect.stringContaining('First Platypus')])
      const second = await tartan('init')
      expect(second.stdout).toMatch(/In the warehouse: \d,\d{3} transactions/)
      expect((await tartan('verify')).code).toBe(0)
      expect((await tartan('emulator', 'advance', '1d')).code).toBe(3)
    } finally {
      plaid.kill('SIGTERM')
      await once(plaid, 'exit')
    }
  },
)

/** Link's page, by its own forms. */
async function consent(page: string): Promise<void> {
  const answer = await fetch(page, {
    method: 'POST',
    body: new URLSearchParams({
      institution_id: 'ins_109508',
      username: 'user_good',
      password: 'pass_good',
      action: 'consent',
    }),
  })
  expect(answer.status).toBe(200)
}

test('with databases of one’s own nothing is embedded', { timeout: MINUTES }, async () => {
  await using own = await testDatabase()
  await using warehouse = await testDatabase()
  env = {
    ...env,
    TARTAN_DATABASE_URL: own.url.reveal(),
    TARTAN_WAREHOUSE_URL: warehouse.url.reveal(),
  }
  const { code, stdout } = await tartan('init')
  expect([code, stdout]).toEqual([0, expect.stringMatching(/In the warehouse: \d,\d{3}/)])
  const status = await tartan('status', '--json')
  expect(status.stdout).not.toContain('"postgres"')
  expect(readFileSync(join(folder, 'data/run/options.json'), 'utf8')).not.toContain('postgres://')
  expect((await tartan('verify')).code).toBe(0)
  await tartan('stop')
})

test('a port in use names itself, its holder and the option that changes it', async () => {
  const server = createServer().listen(Number(env['TARTAN_API_PORT']), '127.0.0.1')
  await once(server, 'listening')
  const started = await tartan('start')
  server.close()
  expect(started.code).toBe(3)
  expect(started.stderr).toContain(`port ${env['TARTAN_API_PORT']} (server) is in use by`)
  expect(started.stderr).toContain(`(pid ${process.pid})`)
  expect(started.stderr).toContain('TARTAN_API_PORT')
})

test('a real Plaid without credentials is refused before anything is made', async () => {
  env = { ...env, PLAID_ENV: 'production', PLAID_CLIENT_ID: '', PLAID_SECRET: '' }
  const { code, stderr } = await tartan('start')
  expect([code, stderr]).toEqual([3, expect.stringContaining('PLAID_CLIENT_ID is not set')])
})
