// The command line's first line: runs a command, and tells a failure as one sentence that says what
// to do, with the exit code of its kind. A full disk has many faces: it is told with any failure.
import { CommanderError } from 'commander'
import { classify, EXIT_CODE, errorCode } from '../std/errors.ts'
import { EXIT_USAGE, ExitError } from './exit.ts'
import { fullDisk } from '../server/files.ts'
import { readGiven } from '../server/settings.ts'
import { settingsOf } from './context.ts'
import { givenFlags } from './flags.ts'
import { note } from './print.ts'
import { createProgram } from './program.ts'

process.stdout.on('error', (error) => {
  if (errorCode(error) === 'EPIPE') process.exit(0) // the reader (head, less) has enough
  throw error
})

const program = createProgram()
try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = await tell(error)
}

async function tell(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  if (error instanceof ExitError) {
    if (error.message !== '') note(error.message)
    return error.exitCode
  }
  const failure = classify(error)
  note(`✗ ${failure.message}`)
  await tellDisk()
  if (await wantsStack()) note(failure.stack ?? '')
  return EXIT_CODE[failure.kind]
}

async function wantsStack(): Promise<boolean> {
  const level = (await readGiven(givenFlags(program)).catch(() => process.env))['TARTAN_LOG_LEVEL']
  return level === 'debug' || level === 'trace'
}

async function tellDisk(): Promise<void> {
  try {
    const disk = await fullDisk((await settingsOf(program)).dataFolder)
    if (disk !== undefined) note(`✗ ${disk}`)
  } catch {
    // options that are wrong, or a folder that is not there yet
  }
}
