// The options of the table as flags: every command takes them, and they are read back by
// environment variable.
import { type Command, Option } from 'commander'
import { defaultOf, flagOf, table } from '../server/options.ts'
import { emulatorTable } from '../../packages/plaid-emulator/src/options.ts'
import { EXIT_USAGE, ExitError } from './exit.ts'
import { formatTable } from './print.ts'

const flags = Object.values(table).flatMap((spec) => {
  const flag = flagOf(spec)
  return flag === undefined ? [] : [{ flag, spec }]
})

const level = [table.logLevel.env, table.envFile.env]
/** What decides which data folder is meant. */
const folder = [...level, table.dataDir.env, table.plaidEnv.env]

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

/** A flag as it was given, by environment variable. */
export function flagGiven(command: Command, env: string): string | undefined {
  const value = givenFlags(command)[env]
  const flag = flags.find(({ spec }) => spec.env === env)?.flag
  return value === undefined ? undefined : `${flag} ${value}`
}

/** Commands that read no option but these; every other one reads them all. */
const READS: Record<string, readonly string[]> = {
  stop: folder,
  logs: folder,
  emulator: [...folder, ...Object.values(emulatorTable).map(({ env }) => env)],
  options: level,
  test: level,
  bench: level,
}

/** A flag that the command would pass over is refused. */
export function requireRead(program: Command, command: Command): void {
  let top = command
  while (top.parent && top.parent !== program) top = top.parent
  const read = READS[top.name()]
  const idle =
    read && flags.find(({ spec }) => spec.env in givenFlags(command) && !read.includes(spec.env))
  if (!idle) return
  throw new ExitError(EXIT_USAGE, `✗ ‘${top.name()}’ has no use for ${idle.flag}`)
}

export function flagsText(): string {
  const rows = flags.map(({ flag, spec }) => [flag, defaultOf(spec), spec.doc])
  return formatTable(['flag', 'default', 'what for'], rows, { cellCharsMax: 100 })
}
