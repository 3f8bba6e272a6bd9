#!/usr/bin/env node
// The emulator as a program of its own, for those who use nothing else of Tartan.
import { Command, CommanderError } from 'commander'
import { classify, EXIT_CODE } from '../std/errors.ts'
import { Secret } from '../std/secrets.ts'
import { askRunning } from './admin-client.ts'
import { buildCommandLine } from './command-line.ts'
import { emulatorTable } from './options.ts'

const EXIT_USAGE = 2

const program = new Command('plaid-emulator')
  .description('A Plaid that needs no credentials and no network.')
  .option('--url <url>', 'the emulator that is steered, if it runs elsewhere')
  .exitOverride()
  .showSuggestionAfterError()
buildCommandLine(program, {
  given: async () => process.env,
  ask: (command, path, body) => {
    const token = process.env[emulatorTable.adminToken.env]
    const { url } = command.optsWithGlobals<{ url?: string }>()
    const port = process.env[emulatorTable.port.env] ?? emulatorTable.port.default
    const running = {
      url: url ?? process.env['TARTAN_EMULATOR_URL'] ?? `http://127.0.0.1:${port}`,
      token: token === undefined ? undefined : new Secret(token),
    }
    return askRunning(running, path, body)
  },
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = tell(error)
}

function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  const failure = classify(error)
  process.stderr.write(`✗ ${failure.message}\n`)
  return EXIT_CODE[failure.kind]
}
