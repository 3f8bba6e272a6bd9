// The command line's commands as they are registered, so that a test of all of them forgets none.
import type { Command } from 'commander'
import { createProgram, nameOf } from '../../src/cli/program.ts'

const whole = await createProgram()

/** Each that does something, below its group. */
export function registered(command: Command = whole): Command[] {
  const own = command.parent !== null && command.commands.length === 0 ? [command] : []
  return [...own, ...command.commands.flatMap(registered)]
}

/** Those that list or show; what is text as it lies in a file, or JSON in any case, apart. */
export function lists(): Command[] {
  const apart = ['logs', 'emulator status', 'emulator faults']
  return registered().filter(
    (one) => /^(Lists|Shows) /.test(one.description()) && !apart.includes(nameOf(one)),
  )
}
