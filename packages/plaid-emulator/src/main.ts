#!/usr/bin/env node
// The emulator as a program of its own, for those who use nothing else of Tartan.
import { Command, CommanderError } from 'commander'
import { classify, EXIT_CODE } from '../../../src/std/errors.ts'
import { askRunning, runningOf } from './admin-client.ts'
import { buildCommandLine } from './command-line.ts'

const EXIT_USAGE = 2

const program = new Command('plaid-emulator')
  .description('A Plaid that needs no credentials and no network.')
  .option('--url <url>', 'the emulator that is steered, if it runs elsewhere')
  .exitOverride()
  .showSuggestionAfterError()
buildCommandLine(program, {
  given: async () => process.env,
  ask: (command, path, body) => askRunning(runningOf(command.optsWithGlobals()), path, body),
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
