// The command line's first line: runs a command, and tells a failure as one sentence that says what
// to do, with the exit code of its kind. A full disk has many faces: it is told with any failure.
import { CommanderError } from 'commander'
import { classify, errorCode } from '../std/errors.ts'
import { exitCodeOf, ExitError } from './exit.ts'
import { fullDisk } from '../server/files.ts'
import { readGiven } from '../server/settings.ts'
import { settingsOf } from './context.ts'
import { givenFlags } from './flags.ts'
import { note } from './print.ts'
import { createProgram, nameOf, ownsTerminal } from './program.ts'
import { showProgress } from './progress.ts'

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (errorCode(error) === 'EPIPE') process.exit(0) // the reader (head, less) has enough
    throw error
  })
}

const program = await createProgram(process.argv.slice(2))
let hideProgress = () => {}
program.hook('preAction', (_, command) => {
  if (ownsTerminal(command)) return
  hideProgress = showProgress(nameOf(command), process.stdout, process.stderr)
})
// What nobody waited for fails like the rest: as a sentence.
process.on('uncaughtException', (error) => void endNow(error))
try {
  await program.parseAsync()
  hideProgress()
} catch (error) {
  await end(error)
}

async function end(error: unknown): Promise<void> {
  hideProgress()
  process.exitCode = exitCodeOf(error)
  if (error instanceof CommanderError) return // commander said it
  if (error instanceof ExitError) {
    if (error.message !== '') note(error.message)
    return
  }
  const failure = classify(error)
  note(`✗ ${failure.message}`)
  await tellDisk()
  if (await wantsStack()) note(failure.stack ?? '')
}

async function endNow(error: unknown): Promise<void> {
  await end(error)
  process.exit()
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
