// What may run after a sync on this machine: dbt, which comes along, and what a file of the
// machine's owner names. Whoever could write that file could run anything here as us, so it is
// taken only where nobody else can.
import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { PostSync, PostSyncCommand } from '../engine/connection/post-sync.ts'
import { ConfigError, messageOf } from '../std/errors.ts'
import { table } from './options.ts'
import { projectFolder, type Settings } from './settings.ts'

const field = table.commandsFile.env
const fileBytesMax = 1024 * 1024

export async function postSyncOf({ dataFolder, options }: Settings): Promise<PostSync> {
  const main = join(projectFolder, 'src', 'server', 'models.ts')
  const flags = ['--disable-warning=ExperimentalWarning']
  const dbt = { name: 'dbt', command: [process.execPath, ...flags, main, dataFolder] }
  const { commandsFile: path } = options
  const own = path === undefined ? [] : await commandsIn(resolve(projectFolder, path))
  // What runs in containers is set up by them, and has no Python.
  const offered = options.services === 'here' ? [dbt, ...own] : own
  return { commands: offered, msMax: options.commandMinutes * 60_000 }
}

/** Of the machine's own file: a command line in an option of a service would be a shell (L10). */
export async function alertCommandOf(settings: Settings, name: string): Promise<PostSyncCommand> {
  const found = (await postSyncOf(settings)).commands.find((one) => one.name === name)
  if (found && name !== 'dbt') return found
  const { env } = table.alertCommand
  throw new ConfigError('OPTION_INVALID', `${env} names no command of ${field}`, { field: env })
}

async function commandsIn(path: string): Promise<PostSyncCommand[]> {
  let value: unknown
  try {
    const { uid, mode, size } = await stat(path)
    const isOurs = uid === process.getuid?.() || uid === 0
    if (!isOurs || (mode & 0o022) !== 0) {
      throw new Error('others than its owner may write it: chmod go-w, and chown it to yourself')
    }
    if (size > fileBytesMax) throw new Error('it is too large')
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw invalid(path, messageOf(cause), cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, 'it is to be an object: {"name": ["/path/of/program", "argument"]}')
  }
  return Object.entries(value).map(([name, command]) => commandOf(path, name, command))
}

function commandOf(path: string, name: string, command: unknown): PostSyncCommand {
  if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) {
    throw invalid(path, `“${name}” is no name: small letters, digits, - and _`)
  }
  if (name === 'dbt' || name === 'none') throw invalid(path, `${name} has its meaning already`)
  if (!Array.isArray(command) || command.length === 0 || !command.every(isText)) {
    throw invalid(path, `${name} is to be a list: the program, then its arguments`)
  }
  return { name, command }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0')
}

function invalid(path: string, why: string, cause?: unknown): ConfigError {
  return new ConfigError('OPTION_INVALID', `${field} (${path}): ${why}`, { field, cause })
}
