// The options of the table as flags: every command takes them, and they are read back by
// environment variable.
import { type Command, Option } from 'commander'
import { defaultOf, flagOf, table } from '../server/options.ts'
import { formatTable } from './print.ts'

const flags = Object.values(table).flatMap((spec) => {
  const flag = flagOf(spec)
  return flag === undefined ? [] : [{ flag, spec }]
})

/** Hidden from a command's own list: they are all in the page's end (`flagsText`). */
export function tableOptions(): Option[] {
  return flags.map(({ flag, spec }) => new Option(`${flag} <value>`, spec.doc).hideHelp())
}

/** What the flags gave, by environment variable. */
export function givenFlags(command: Command): Record<string, string> {
  const values = command.optsWithGlobals<Record<string, string | undefined>>()
  const given = flags.map(({ flag, spec }) => {
    return [spec.env, values[new Option(`${flag} <value>`).attributeName()]] as const
  })
  return Object.fromEntries(given.filter((entry) => entry[1] !== undefined)) as Record<
    string,
    string
  >
}

export function flagsText(): string {
  const rows = flags.map(({ flag, spec }) => [flag, defaultOf(spec), spec.doc])
  return formatTable(['flag', 'default', 'what for'], rows, { cellCharsMax: 100 })
}
