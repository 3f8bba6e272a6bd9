// Schemathesis with Plaid's own schemas against the running emulator: more than ten thousand
// requests, right and wrong ones, with real tokens, and no answer is a 5xx or breaks the document.
// A second world, of which all but the banks is the same, is asked a part of them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ENDPOINTS } from '../../src/http/routes.ts'
import { plaidOpenApi } from '../support/plaid-openapi.ts'
import { runPython } from '../../../../test/support/python.ts'
import { emulatorPython } from '../support/python.ts'
import { SAMPLES, sceneOf } from '../support/samples.ts'
import { type Bench, GINGHAM, PLATYPUS, startEmulator } from '../support/emulator.ts'

const isSecond = process.env['TARTAN_TEST_WORLD'] !== undefined
const REQUESTS_MIN = isSecond ? 5_000 : 10_000
const EXAMPLES_PER_ENDPOINT = isSecond ? 50 : 200
const ITEMS = 40
const timeout = 11 * 60_000

const api = plaidOpenApi()
const python = await emulatorPython()
if (api === undefined) process.stderr.write('SKIPPED: no fuzzing without Plaid’s document\n')

test.runIf(api !== undefined && python !== undefined)(
  `${REQUESTS_MIN} requests of every kind make no 5xx and no answer beyond the document`,
  { timeout },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
    await using bench = await startEmulator()
    const paths = ENDPOINTS.map(({ path }) => path).filter((path) => api?.paths.includes(path))
    const access_token = []
    for (let i = 0; i < ITEMS; i++) access_token.push((await bench.link()).accessToken)
    await writeFile(join(folder, 'plaid.json'), JSON.stringify(api?.extract(paths)))
    const seeds = { good: await goodBodies(bench, paths), fields: { ...FIELDS, access_token } }
    await writeFile(join(folder, 'seeds.json'), JSON.stringify(seeds))
    const { code, output } = await runPython(python ?? '', commandOf(folder, bench.url()), {
      cwd: folder,
      env: {
        PYTHONPATH: resolve(import.meta.dirname, '../python'),
        SCHEMATHESIS_HOOKS: 'fuzz_hooks',
        FUZZ_SEEDS: join(folder, 'seeds.json'),
        FUZZ_REPORT: join(folder, 'report.json'),
      },
    })
    expect(code, output.slice(-20_000)).toBe(0)
    const report = await readFile(join(folder, 'report.json'), 'utf8')
    const rows = JSON.parse(report) as [path: string, status: number, count: number][]
    const total = rows.reduce((sum, [, , count]) => sum + count, 0)
    process.stderr.write(`fuzzed: ${total} requests of ${paths.length} endpoints\n`)
    expect(total).toBeGreaterThanOrEqual(REQUESTS_MIN)
    expect(rows.filter(([, status]) => status >= 500)).toEqual([])
    const passed = new Set(rows.flatMap(([path, status]) => (status === 200 ? [path] : [])))
    expect(paths.filter((path) => !passed.has(path))).toEqual([])
    expect((await bench.link()).itemId).not.toBe('')
    await rm(folder, { recursive: true })
  },
)

async function goodBodies(bench: Bench, paths: string[]): Promise<Record<string, object[]>> {
  const scene = sceneOf(bench)
  const bodies = await Promise.all(paths.map(async (path) => SAMPLES[path]?.(scene) ?? []))
  return Object.fromEntries(paths.map((path, i) => [path, bodies[i] ?? []]))
}

/** What is known before the first answer; the names are those of the fields that are replaced. */
const FIELDS = {
  public_token: [],
  link_token: [],
  cursor: [],
  account_id: [],
  account_ids: [],
  item_id: [],
  user_id: [],
  key_id: [],
  start_date: ['2025-01-01'],
  end_date: ['2026-03-15'],
  institution_id: [PLATYPUS, GINGHAM],
  country_codes: [['US']],
  products: [['transactions']],
  initial_products: [['transactions']],
  override_username: ['user_good'],
  override_password: ['pass_good'],
}

function commandOf(folder: string, url: string): string[] {
  const options = {
    url,
    checks: 'not_a_server_error,response_schema_conformance,content_type_conformance',
    phases: 'examples,coverage,fuzzing',
    'max-examples': String(EXAMPLES_PER_ENDPOINT),
    seed: '20260315',
    'generation-database': 'none',
    'suppress-health-check': 'all',
    warnings: 'off',
  }
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const headers = ['--header=PLAID-CLIENT-ID: client', '--header=PLAID-SECRET: secret']
  const file = join(folder, 'plaid.json')
  return ['-m', 'schemathesis.cli', 'run', file, '--no-color', ...flags, ...headers]
}
