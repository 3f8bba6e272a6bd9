// The command line's first line: runs a command, and tells a failure as one sentence that says what
// to do, with the exit code of its kind.
import { CommanderError } from 'commander'
import { classify, EXIT_CODE, errorCode } from '../std/errors.ts'
import { EXIT_USAGE, ExitError } from './exit.ts'
import { note } from './print.ts'
import { createProgram } from './program.ts'

process.stdout.on('error', (error) => {
  if (errorCode(error) === 'EPIPE') process.exit(0) // the reader (head, less) has enough
  throw error
})

try {
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = tell(error)
}

function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  if (error instanceof ExitError) {
    if (error.message !== '') note(error.message)
    return error.exitCode
  }
  const failure = classify(error)
  note(`✗ ${failure.message}`)
  if (process.env['TARTAN_LOG_LEVEL'] === 'debug') note(failure.stack ?? '')
  return EXIT_CODE[failure.kind]
}
