// `test` and `bench`: what a developer runs, with the project's own tools and without the options
// of whoever runs them: a test must not reach that person's banks.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Command } from 'commander'
import { childEnvironment, projectFolder } from '../../server/settings.ts'
import { ExitError } from '../exit.ts'
import { note } from '../print.ts'

interface Step {
  what: string
  program: string
  args: string[]
  env?: Record<string, string>
}

const CHECKS: Step[] = [
  { what: 'format', program: tool('oxfmt'), args: ['--check', '.'] },
  { what: 'lint', program: tool('oxlint'), args: ['--type-aware'] },
  { what: 'types', program: tool('tsc'), args: [] },
  { what: 'unused code', program: tool('knip'), args: [] },
]
const TESTS: Step = { what: 'tests', program: tool('vitest'), args: ['run'] }
const LONG_TESTS: Step = { ...TESTS, what: 'long tests', env: { TARTAN_TEST_LONG: '1' } }

export function testCommand(program: Command): void {
  program
    .command('test')
    .description('Checks format, lint, types and unused code, and runs the tests.')
    .option('--long', 'the suites that take longer, alone')
    .action(async (options: { long?: boolean }) => {
      for (const step of options.long ? [LONG_TESTS] : [...CHECKS, TESTS]) await run(step)
    })
}

export function benchCommand(program: Command): void {
  program
    .command('bench')
    .description('Measures speed and memory against a floor, in one run.')
    .argument('[what]', 'emulator for the emulated Plaid alone, else transactions of a first load')
    .action(async (what: string | undefined) => {
      const isEmulator = what === 'emulator'
      const main = join(projectFolder, isEmulator ? 'packages/plaid-emulator' : '', 'bench/main.ts')
      const rows = what === undefined || isEmulator ? [] : [what]
      const args = ['--disable-warning=ExperimentalWarning', main, ...rows]
      await run({ what: 'bench', program: process.execPath, args })
    })
}

function tool(name: string): string {
  return join(projectFolder, 'node_modules/.bin', name)
}

async function run({ what, program, args, env }: Step): Promise<void> {
  note(`… ${what}`)
  const child = spawn(program, args, {
    cwd: projectFolder,
    stdio: 'inherit',
    env: { ...childEnvironment('info'), TARTAN_ENV_FILE: '/dev/null', ...env },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new ExitError(code ?? 1, `✗ ${what} failed`)
}
