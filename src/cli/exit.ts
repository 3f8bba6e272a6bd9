// An end that is no error of the program: the answer is no, and the exit code says which no.

export class ExitError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message = '') {
    super(message)
    this.exitCode = exitCode
  }
}

/** A shell's own: the command was not understood, and said so already. */
export const EXIT_USAGE = 2
/** What was compared differs. */
export const EXIT_DIFFERENT = 5
/** At least one Item could not be read; the others could. */
export const EXIT_ITEM_UNREADABLE = 6
