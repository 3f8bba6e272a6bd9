// `test` and `bench`: what a developer runs, with the project's own tools and without the options
// of whoever runs them: a test must not reach that person's banks.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Argument, type Command } from 'commander'
import { childEnvironment, projectFolder } from '../../server/settings.ts'
import { EXIT_USAGE, ExitError } from '../exit.ts'
import { note } from '../print.ts'
import { wholeNumber } from '../whole-number.ts'

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
/** vitest.config.ts says what may run beside others. */
const LONG_TESTS: Step[] = ['beside', 'alone'].map((how) => ({
  ...TESTS,
  what: `long tests, ${how === 'beside' ? 'several at once' : 'one alone'}`,
  env: { TARTAN_TEST_LONG: how },
}))

const BENCHES: Partial<Record<string, string>> = {
  emulator: 'packages/plaid-emulator/bench/main.ts',
  readers: 'bench/readers.ts',
  freshness: 'bench/freshness.ts',
  pages: 'bench/pages.ts',
  peers: 'bench/peers.ts',
}
const BENCH_WHAT =
  'emulator for the emulated Plaid alone, readers for the pace beside hostile readers, ' +
  'freshness for how soon news is in the warehouse, pages for each filter of a large store, ' +
  'peers for what others take for the same, else transactions of a first load'

export function testCommand(program: Command): void {
  program
    .command('test')
    .description('Checks format, lint, types and unused code, and runs the tests.')
    .option('--long', 'the suites that take longer, alone')
    .action(async (options: { long?: boolean }) => {
      for (const step of options.long ? LONG_TESTS : [...CHECKS, TESTS]) await run(step)
    })
}

export function benchCommand(program: Command): void {
  program
    .command('bench')
    .description('Measures speed and memory against a floor, in one run.')
    .argument('[what]', BENCH_WHAT)
    .addArgument(
      new Argument('[rows]', 'of pages: how many rows its store has; else 500,000').argParser(
        wholeNumber(100_000, 100_000_000),
      ),
    )
    .action(async (given: string | undefined, size: number | undefined) => {
      const what = given ?? ''
      requireBench(what)
      if (size !== undefined && what !== 'pages') {
        throw new ExitError(EXIT_USAGE, `✗ pages alone takes a number of rows`)
      }
      const named = BENCHES[what]
      const main = join(projectFolder, named ?? 'bench/main.ts')
      const rows = size === undefined ? (what === '' || named ? [] : [what]) : [String(size)]
      const args = ['--disable-warning=ExperimentalWarning', main, ...rows]
      await run({ what: 'bench', program: process.execPath, args })
    })
}

function requireBench(what: string): void {
  if (what === '' || BENCHES[what] || /^[1-9]\d{0,8}$/.test(what)) return
  const names = Object.keys(BENCHES).join(', ')
  const sentence = `✗ there is no bench ${what}: it is ${names} or a number of transactions`
  throw new ExitError(EXIT_USAGE, sentence)
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
