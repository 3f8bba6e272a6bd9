// docs/quickstart.md runs as it stands, from the package's tarball on, but for the ports and for
// what is cloned: the quickstart's own repository cannot be reached here, so that stand-ins of its
// servers and of its page's packages (test/quickstart) take its place.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../../../../test/support/postgres.ts'
import { startEmulator } from '../support/emulator.ts'
import { blocksOf, withAddress } from '../support/emulator-page.ts'
import { runPython } from '../../../../test/support/python.ts'
import { emulatorPython } from '../support/python.ts'
import { packInto } from '../support/tarball.ts'

const PAGE = 'quickstart.md'
const standIns = resolve(import.meta.dirname, '../quickstart')
const python = await emulatorPython()
const MINUTES = 60_000

const SHELL = `set -euo pipefail
git() { cp -r '${standIns}' quickstart; }
`

/** What it said; what it has started in the background is its process group, and ends with it. */
async function shell(script: string, cwd: string, env: Record<string, string>): Promise<string> {
  const child = spawn('bash', ['-c', SHELL + script], {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (data) => (said += String(data)))
  const closed = once(child, 'close')
  const [code] = await once(child, 'exit')
  process.kill(-Number(child.pid), 'SIGTERM')
  await closed
  expect(code, said).toBe(0)
  return said
}

test('the page’s commands start the quickstart', { timeout: 5 * MINUTES }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'quickstart '))
  try {
    expect(await packInto(folder)).toBe('tartan-plaid-emulator-0.1.0.tgz')
    const [emulator, server] = [String(await freePort()), String(await freePort())]
    const address = `http://127.0.0.1:${emulator}`
    const blocks = blocksOf('sh', PAGE).map((block) =>
      withAddress(block, address).replaceAll('127.0.0.1:8000', `127.0.0.1:${server}`),
    )
    expect(blocks.length).toBe(4)
    const ports = { TARTAN_EMULATOR_PORT: emulator, APP_PORT: server }
    const stdout = await shell(blocks.join('\n'), folder, ports)
    expect(stdout).toMatch(/"link_token":"link-sandbox-/)
    expect(stdout).toMatch(/"access_token":"access-sandbox-/)
    expect(stdout).toMatch(/"ach":\[\{/)
    expect(stdout).toMatch(/"latest_transactions":\[\{/)
    expect(stdout).toMatch(/"products":\["auth","transactions","signal"\]/)
    expect(stdout).toContain('"name":"First Platypus Bank"')
    const errors = Array.from(stdout.matchAll(/"error_code":"(\w+)"/g), ([, code]) => code)
    expect(errors).toEqual(['UNAUTHORIZED_ROUTE_ACCESS'])
    expect(stdout).toContain('the page is served')
    const packed = join(folder, 'quickstart/frontend/node_modules/react-plaid-link/dist')
    const scripts = (await readdir(packed)).filter((name) => name.endsWith('.js'))
    expect(scripts.length).toBeGreaterThan(2)
    for (const name of scripts) {
      const script = await readFile(join(packed, name), 'utf8')
      expect([script.includes('cdn.plaid.com'), script.includes(address)]).toEqual([false, true])
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test.runIf(python !== undefined)('the page’s Python leads its server here', async () => {
  await using bench = await startEmulator()
  const folder = await mkdtemp(join(tmpdir(), 'quickstart '))
  try {
    await cp(join(standIns, 'python'), folder, { recursive: true })
    const [program = ''] = blocksOf('python', PAGE)
    await writeFile(join(folder, 'to_emulator.py'), withAddress(program, bench.url()))
    const { code, output } = await runPython(python ?? '', ['to_emulator.py'], { cwd: folder })
    expect([code, output]).toEqual([0, expect.stringMatching(/^link-sandbox-/)])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
