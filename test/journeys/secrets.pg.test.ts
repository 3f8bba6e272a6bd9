// L5: every secret of a running system, the banks' access tokens first, is looked for in
// everything that the system writes or shows: the whole data folder (logs, tables, write-ahead
// log, run folders), both databases as text, backups, arguments, environments, answers, metrics.
// Every product is pulled, and webhooks come.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { catalog } from '../../src/catalog/catalog.ts'
import { products } from '../../src/catalog/stream.ts'
import { engineUrl, plaidApiUrl, webUrl } from '../../src/server/addresses.ts'
import { readKey } from '../../src/server/keys.ts'
import { backupFolder } from '../../src/server/settings.ts'
import { dump } from '../support/dump.ts'
import { secretsOf } from '../support/secrets.ts'
import { startSystem, type System } from '../support/system.ts'

const MINUTES = 60_000
let system: System
/** What must be nowhere, by name. */
let canaries: Map<string, string>

beforeAll(async () => {
  system = await startSystem({ PLAID_PRODUCTS: products.join(','), TARTAN_PUBLIC_URL: '' })
  const [item] = await Array.fromAsync(system.plaidApi.items())
  await system.emulator({ reset_login: item?.item_id })
  await system.emulator({ repair_login: item?.item_id })
  const seen = async () => expect(await workedOn('LOGIN_REPAIRED')).toBe(1)
  await vi.waitFor(seen, { timeout: 20_000, interval: 200 })
  await system.tartan('plaid-sync')
  await system.tartan('sync')
  canaries = await secretsOf(system)
}, 3 * MINUTES)

afterAll(async () => {
  await system[Symbol.asyncDispose]()
}, MINUTES)

async function workedOn(code: string): Promise<number> {
  const { webhooks } = await system.get<{ webhooks: { worked_at: string | null }[] }>(
    `/webhooks?webhook_code=${code}`,
  )
  return webhooks.filter((one) => one.worked_at !== null).length
}

test('every stream has been brought, and no secret is in a row of either database', async () => {
  const ours = await dump(system.store)
  const theirs = await dump(system.warehouse)
  for (const { name } of catalog) {
    const { rows } = await system.warehouse.query(`select from airbyte_plaid.${name} limit 1`)
    expect(rows, name).toHaveLength(1)
  }
  expect(theirs).toContain('LOGIN_REPAIRED')
  expect(leaks([ours, theirs])).toEqual([])
})

test('no secret is in a backup, of rows or of files', async () => {
  await system.tartan('backup')
  await system.tartan('backup', '--physical')
  const shelf = backupFolder(system.settings)
  const files = (await readdir(shelf, { recursive: true })).filter((name) => name.endsWith('.zst'))
  expect(files.filter((name) => name.endsWith('base.tar.zst'))).toHaveLength(1)
  const texts = files.map((name) => zstdDecompressSync(readFileSync(join(shelf, name))))
  expect(texts.some((text) => text.includes('LOGIN_REPAIRED'))).toBe(true)
  expect(leaks(texts)).toEqual([])
})

/** The names of the secrets that are in one of the texts. */
function leaks(texts: (string | Buffer)[]): string[] {
  const found = [...canaries].filter(([, value]) => texts.some((text) => text.includes(value)))
  return found.map(([name]) => name)
}

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
  expect(leaks([shown])).toEqual([])
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
    ...(await Promise.all(catalog.map(({ name }) => system.get(`/${name}/incremental`)))),
    ...(await metrics()),
    await system.tartan('verify', '--json'),
    await system.tartan('status', '--json'),
    await system.tartan('plaid-accounts'),
    await system.tartan('check').catch((error: unknown) => error),
    await system.tartan('logs'),
  ].map((answer) => JSON.stringify(answer))
  expect(leaks(answers)).toEqual([])
})

/** Of every service. */
async function metrics(): Promise<string[]> {
  const { settings } = system
  const token = (await readKey(settings.dataFolder, 'metrics.token')).reveal()
  const urls = [plaidApiUrl(settings), engineUrl(settings), webUrl(settings)]
  return Promise.all(
    urls.map(async (url) => {
      const headers = { authorization: `Bearer ${token}` }
      const answer = await fetch(`${url}/metrics`, { headers })
      expect(answer.status, url).toBe(200)
      return answer.text()
    }),
  )
}
