// L5: every secret of a running system, the banks' access tokens first, is looked for in
// everything that the system writes or shows: the whole data folder (logs, tables, write-ahead
// log, run folders), arguments, environments, answers.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secretsOf } from '../support/secrets.ts'
import { startSystem, type System } from '../support/system.ts'

const MINUTES = 60_000
let system: System
/** What must be nowhere, by name. */
let canaries: Map<string, string>

beforeAll(async () => {
  system = await startSystem()
  await system.tartan('plaid-sync')
  await system.tartan('sync')
  canaries = await secretsOf(system)
}, 3 * MINUTES)

afterAll(async () => {
  await system[Symbol.asyncDispose]()
}, MINUTES)

test('no secret is in any file outside the folder of secrets', async () => {
  expect(canaries.size).toBeGreaterThan(8)
  const found: string[] = []
  for (const [name, value] of canaries) {
    const args = ['-rlaF', '--exclude-dir=secrets', '-e', value, system.settings.dataFolder]
    // It fails where it finds nothing, and where a file goes while it reads: what it found counts.
    const { stdout } = await promisify(execFile)('grep', args).catch(
      (error: unknown) => error as { stdout: string },
    )
    if (stdout !== '') found.push(`${name}: ${stdout.trim()}`)
  }
  expect(found).toEqual([])
})

test('the search finds what is there', async () => {
  const args = ['-rlaF', '-e', 'account_id', join(system.settings.dataFolder, 'postgres')]
  const { stdout } = await promisify(execFile)('grep', args)
  expect(stdout).not.toBe('')
})

test('no secret is in a process’s arguments or environment', () => {
  const shown = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)])
    .join('\n')
  expect([...canaries].filter(([, value]) => shown.includes(value)).map(([name]) => name)).toEqual(
    [],
  )
})

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

test('no secret is in an answer, nor in what the command line prints', async () => {
  const { publicApi, configApi } = system.airbyte
  const answers = [
    ...(await Promise.all(
      ['/sources', '/destinations', '/connections', '/jobs', '/workspaces'].map((path) =>
        publicApi('GET', path),
      ),
    )),
    await configApi('/jobs/get', { id: 1 }),
    await Array.fromAsync(system.plaidApi.items()),
    await system.plaidApi.stats(),
    await system.tartan('status', '--json'),
    await system.tartan('plaid-accounts'),
    await system.tartan('check').catch((error: unknown) => error),
    await system.tartan('logs'),
  ].map((answer) => JSON.stringify(answer))
  const leaks = [...canaries].filter(([, value]) => answers.some((text) => text.includes(value)))
  expect(leaks.map(([name]) => name)).toEqual([])
})
