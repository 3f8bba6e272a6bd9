// The emulator as a program of its own: what it does with its options, and what it says of itself.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { admin, run, runsAndSteers, start } from './support/program.ts'

const home = resolve(import.meta.dirname, '..')
const MAIN = join(home, 'src/main.ts')

test('the program runs an emulator and steers it', () => runsAndSteers(MAIN, []))

test('what is wrong with an option is one sentence and a code for it', async () => {
  const cases: [string[], Record<string, string>, number, RegExp][] = [
    [['--port', 'x'], {}, 3, /TARTAN_EMULATOR_PORT must be a whole number/],
    [['--rate-limits', 'some'], {}, 3, /must be one of off, sandbox, production/],
    [['--world', 'nosuch'], {}, 3, /--world nosuch: TARTAN_EMULATOR_WORLD must be one of sandbox/],
    [[], { TARTAN_EMULATOR_WORLD: 'nosuch' }, 3, /^✗ TARTAN_EMULATOR_WORLD must/],
    [['--date', 'today'], {}, 3, /must be a date, YYYY-MM-DD/],
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
  const { url, port, child } = await start(MAIN, [])
  const closed = await run(MAIN, ['status', '--url', url], admin)
  expect([closed.code, closed.error]).toEqual([3, expect.stringContaining('no admin API')])
  const taken = await run(MAIN, ['--port', port])
  expect([taken.code, taken.error]).toEqual([
    3,
    expect.stringMatching(
      new RegExp(
        `port ${port} of .* by node.* \\(pid ${child.pid}\\): .*--port or TARTAN_EMULATOR_PORT`,
      ),
    ),
  ])
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
  expect(await readFile(join(home, 'docs/emulator-commands.md'), 'utf8')).toBe(page)
  const { out: help } = await run(MAIN, ['--help'])
  expect(help).toContain('TARTAN_EMULATOR_SECRET')
})
