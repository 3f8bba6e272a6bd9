// docs/emulator.md is true: its commands, programs and scenarios run as they stand there, and what
// it lists is what the code has. Its Python runs with the longer suites (test/long/docs-python).
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readScenario } from '../src/control/scenario.ts'
import { ENDPOINTS } from '../src/http/routes.ts'
import { WORLDS } from '../src/world/worlds.ts'
import { emulatorFlag, emulatorTable } from '../src/options.ts'
import { blocksOf, home, page, tableUnder, withAddress } from './support/emulator-page.ts'
import { ADMIN_TOKEN, startEmulator } from './support/emulator.ts'

const run = promisify(execFile)
const MAIN = join(home, 'src/main.ts')
/** The page calls the program as if the package were installed in its folder. */
const SHELL = `set -euo pipefail
npx() { [ "$1" = plaid-emulator ] && shift && '${process.execPath}' '${MAIN}' "$@"; }
`

describe('docs/emulator.md', () => {
  test('has commands for a shell that run in their order', async () => {
    await using bench = await startEmulator({ world: emulatorTable.world.default })
    const script = blocksOf('sh').map((block) => withAddress(block, bench.url()))
    expect(script.length).toBeGreaterThan(3)
    const env = { ...process.env, TARTAN_EMULATOR_URL: bench.url() }
    const { stdout } = await run('bash', ['-c', SHELL + script.join('\n')], {
      env: { ...env, TARTAN_EMULATOR_ADMIN_TOKEN: ADMIN_TOKEN },
    })
    expect(stdout).toContain('"transactions_update_status"')
    expect(stdout).toContain('"item_add_results":[{')
    expect(stdout).not.toContain('"error_code":"') // as Plaid's answers have it
  })

  test.for(blocksOf('js').map((block, i) => [i + 1, block] as const))(
    'has a program for Node that runs: number %i',
    async ([, block]) => {
      await using bench = await startEmulator({ world: emulatorTable.world.default })
      const folder = join(home, '../../.tartan')
      await mkdir(folder, { recursive: true })
      const inside = await mkdtemp(join(folder, 'docs-')) // where Node finds the packages
      const own = "from '@tartan/plaid-emulator'"
      const program = withAddress(block, bench.url()).replace(
        own,
        `from '${join(home, 'src/package.ts')}'`,
      )
      await writeFile(join(inside, 'example.mjs'), program)
      try {
        const args = ['--disable-warning=ExperimentalWarning', join(inside, 'example.mjs')]
        const { stdout } = await run(process.execPath, args, { timeout: 30_000 })
        expect(stdout).toMatch(/./)
      } finally {
        await rm(inside, { recursive: true })
      }
    },
  )

  test('has scenarios that the emulator takes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'docs-'))
    for (const [i, block] of blocksOf('yaml').entries()) {
      const file = join(folder, `${i}.yaml`)
      await writeFile(file, block)
      expect((await readScenario(file)).steps.length).toBeGreaterThan(0)
    }
    await rm(folder, { recursive: true })
  })

  test('lists every endpoint, and none that is not there', () => {
    const listed = tableUnder('What is modelled').map(([path = '']) => path)
    expect(listed.sort()).toEqual(ENDPOINTS.map(({ path }) => `\`${path}\``).sort())
  })

  test('lists every option as its table has it', () => {
    const options = Object.values(emulatorTable).map((spec) => [
      `\`${spec.env}\``,
      emulatorFlag(spec) === undefined ? '' : `\`${emulatorFlag(spec)}\``,
      'default' in spec && spec.default !== undefined ? `\`${spec.default}\`` : '',
      spec.doc,
    ])
    expect(tableUnder('Options')).toEqual(options)
  })

  test('tells of every world', () => {
    const listed = tableUnder('Worlds').map(([world]) => world)
    expect(listed).toEqual(WORLDS.map((world) => `\`${world}\``))
  })

  test('links to places that are there', async () => {
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    )
    const anchors = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)
    expect(anchors.filter((anchor) => !headings.includes(anchor ?? ''))).toEqual([])
  })
})
