// How a command ends: the one table of exit codes, by the kind of failure, which ./tartan --help
// tells; and an end that is no error of the program: the answer is no, and the code says which no.
import { CommanderError } from 'commander'
import { classify, EXIT_CODE, type TartanError } from '../std/errors.ts'

export class ExitError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message = '') {
    super(message)
    this.exitCode = exitCode
  }
}

/** A shell's own: the command was not understood, and said so already. */
export const EXIT_USAGE = 2
/** What was compared differs, or nothing was there to compare. */
export const EXIT_DIFFERENT = 5
/** At least one Item could not be read; the others could. */
export const EXIT_ITEM_UNREADABLE = 6
/** Before a start, or after a stop. */
export const EXIT_NOT_RUNNING = 7
const EXIT_REFUSED = 8

export const exitCodes: Readonly<Record<number, string>> = {
  0: 'well',
  [EXIT_CODE.system]: 'our fault',
  [EXIT_USAGE]: 'usage: the command line was not understood',
  [EXIT_CODE.config]: 'configuration: something for you to mend',
  [EXIT_CODE.transient]: 'transient: try again; of status, not all of it runs',
  [EXIT_DIFFERENT]: 'verify found a difference, or what cannot be compared yet',
  [EXIT_ITEM_UNREADABLE]: 'an Item could not be read',
  [EXIT_NOT_RUNNING]: 'nothing is running here',
  [EXIT_REFUSED]: 'refused: not confirmed, or by whoever was asked',
}

const NOT_RUNNING = new Set(['NOT_RUNNING', 'STOPPED'])
/** Of a credential, or of what it may do. */
const REFUSALS = new Set([401, 403])

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  return error instanceof ExitError ? error.exitCode : codeOf(classify(error))
}

function codeOf({ kind, code, status }: TartanError): number {
  if (NOT_RUNNING.has(code)) return EXIT_NOT_RUNNING
  if (code === 'NOT_CONFIRMED' || REFUSALS.has(status)) return EXIT_REFUSED
  return EXIT_CODE[kind]
}
