// The emulator as a program: started with flags and environment, steered from another process.
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const MAIN = join(root, 'packages/plaid-emulator/src/main.ts')
const TARTAN = join(root, 'src/cli/main.ts')
const TOKEN = 'token-of-the-test'
let folder: string
const started: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emulator-cli-'))
})

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.kill())
      await new Promise((done) => child.once('exit', done))
  }
})

afterAll(() => rm(folder, { recursive: true }))

function launch(script: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const { PATH } = process.env
  return spawn(process.execPath, [script, ...args], { cwd: folder, env: { PATH, ...env } })
}

interface Ended {
  code: number | null
  out: string
  error: string
}

function run(script: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = launch(script, args, env)
  let [out, error] = ['', '']
  child.stdout?.on('data', (data) => (out += String(data)))
  child.stderr?.on('data', (data) => (error += String(data)))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, error })))
}

function freePort(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' ? String(address?.port) : ''
      server.close(() => resolve(port))
    })
  })
}

/** Resolves when it has said where it answers. */
async function start(script: string, args: string[], env: Record<string, string> = {}) {
  const port = await freePort()
  const child = launch(script, [...args, '--port', port], env)
  started.push(child)
  const url = `http://127.0.0.1:${port}`
  await new Promise<void>((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (data) => {
      said += String(data)
      if (said.includes(`answers at ${url};`)) resolve()
    })
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)))
  })
  return { url, port, child }
}

const admin = { TARTAN_EMULATOR_ADMIN_TOKEN: TOKEN }

describe.each([
  ['of its own', MAIN, []],
  ['of Tartan’s command line', TARTAN, ['emulator']],
])('the program %s', (_, script, words) => {
  test('runs an emulator and steers it', async () => {
    const args = [...words, '--date', '2026-02-01', '--data', join(folder, words.join('') + 'data')]
    const { url, port, child } = await start(script, args, admin)
    const there = await run(script, [...words, 'status'], { ...admin, TARTAN_EMULATOR_PORT: port })
    expect(JSON.parse(there.out)).toMatchObject({ now: '2026-02-01T12:00:00Z' })
    const say = (...more: string[]) => run(script, [...words, ...more, '--url', url], admin)
    expect(JSON.parse((await say('advance', '36h')).out)).toEqual({ now: '2026-02-03T00:00:00Z' })
    const done = await say('do', 'fault: {endpoint: /item/*, error_code: RATE_LIMIT, times: 3}')
    expect(JSON.parse(done.out)).toEqual({ fault_id: 1, waiting: 1 })
    expect(JSON.parse((await say('faults')).out)).toMatchObject({
      faults: [{ fault_id: 1, endpoint: '/item/*', times_left: 3 }],
    })
    expect(JSON.parse((await say('status')).out)).toMatchObject({ clock: 'stands', faults: 1 })
    const wrong = await say('do', 'fault: {error_code: NO_SUCH}')
    expect([wrong.code, wrong.error]).toEqual([3, expect.stringContaining('fault.error_code')])
    const noYaml = await say('do', 'fault: {')
    expect([noYaml.code, noYaml.error]).toEqual([3, expect.stringContaining('not YAML')])
    child.kill('SIGTERM')
    expect(await new Promise((ended) => child.once('exit', ended))).toBe(0)
    const silent = await say('status')
    expect([silent.code, silent.error]).toEqual([4, expect.stringContaining('no emulator answers')])
  })
})

test('what is wrong with an option is one sentence and a code for it', async () => {
  const cases: [string[], Record<string, string>, number, RegExp][] = [
    [['--port', 'x'], {}, 3, /TARTAN_EMULATOR_PORT must be a whole number/],
    [['--rate-limits', 'some'], {}, 3, /must be one of off, sandbox, production/],
    [['--date', 'today'], {}, 3, /must look like 2026-01-31/],
    [['--client-id', 'me'], {}, 3, /go together/],
    [['--scenario', 'none.yaml'], {}, 3, /none\.yaml cannot be read/],
    [['--nothing'], {}, 2, /unknown option/],
    [['status'], {}, 3, /set TARTAN_EMULATOR_ADMIN_TOKEN/],
  ]
  for (const [args, env, code, sentence] of cases) {
    const ended = await run(MAIN, args, env)
    expect([ended.code, ended.error], args.join(' ')).toEqual([
      code,
      expect.stringMatching(sentence),
    ])
  }
})

test('without an admin token there is no admin API, which who asks is told', async () => {
  const { url, port } = await start(MAIN, [])
  const closed = await run(MAIN, ['status', '--url', url], admin)
  expect([closed.code, closed.error]).toEqual([3, expect.stringContaining('no admin API')])
  const taken = await run(MAIN, ['--port', port])
  expect([taken.code, taken.error]).toEqual([3, expect.stringContaining(`port ${port} of`)])
})

test('with credentials it takes no others', async () => {
  const keys = { TARTAN_EMULATOR_CLIENT_ID: 'me', TARTAN_EMULATOR_SECRET: 'mine' }
  const { url } = await start(MAIN, [], keys)
  const ask = async (secret: string) => {
    const body = JSON.stringify({
      client_id: 'me',
      secret,
      institution_id: 'ins_109508',
      country_codes: ['US'],
    })
    const headers = { 'content-type': 'application/json' }
    return fetch(`${url}/institutions/get_by_id`, { method: 'POST', headers, body })
  }
  expect([(await ask('mine')).status, (await ask('other')).status]).toEqual([200, 400])
})

test('the help and docs/emulator-commands.md list the commands with their fields', async () => {
  const { out } = await run(MAIN, ['commands'])
  expect(out).toMatch(/^fault: \{endpoint, item_id, .*error_code/m)
  expect(out).toMatch(/^maintenance: \{duration\}/m)
  const { out: page } = await run(MAIN, ['commands', '--format', 'markdown'])
  expect(
    await readFile(join(root, 'packages/plaid-emulator/docs/emulator-commands.md'), 'utf8'),
  ).toBe(page)
  const { out: help } = await run(MAIN, ['--help'])
  expect(help).toContain('TARTAN_EMULATOR_SECRET')
})
