// The master key, which seals access tokens and configurations: a file, or what an option says
// instead, so that a KMS or a vault can keep it. Its text is one key a line, the newest first: that
// one seals, and those before it open what they sealed. A file is looked at again whenever
// something is sealed or does not open, so that a rotation needs no restart.
import { exec } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { ConfigError, errorCode, messageOf } from '../std/errors.ts'
import { newSealingKeyText, type SealingKey, sealingKey } from '../std/secrets.ts'
import { writeWhole } from './files.ts'
import { table, type TartanOptions } from './options.ts'
import { projectFolder } from './settings.ts'

export interface KeySource {
  dataFolder: string
  options?: Partial<
    Pick<TartanOptions, 'masterKey' | 'masterKeyFile' | 'masterKeyCommand' | 'services'>
  >
}

const commandMsMax = 30_000
const textBytesMax = 64 * 1024

/** Whether the data folder has it, as a start makes it. */
export function isOurs({ options = {} }: KeySource): boolean {
  const { masterKey, masterKeyFile, masterKeyCommand } = options
  return [masterKey, masterKeyFile, masterKeyCommand].every((given) => given === undefined)
}

export async function readMasterKey(source: KeySource): Promise<SealingKey> {
  requireOne(source)
  const path = masterKeyPath(source)
  return path === undefined ? sealingKey(await textOf(source)) : fileKey(path)
}

/** In clear, for whoever keeps it apart. */
export async function readMasterKeyText(source: KeySource): Promise<string> {
  requireOne(source)
  const path = masterKeyPath(source)
  return path === undefined ? textOf(source) : readText(path).trim()
}

/** Puts a new one before those that are there; gives its id. */
export async function addMasterKey(source: KeySource): Promise<string> {
  const path = masterKeyPath(source)
  if (path === undefined) {
    const sentence =
      'the master key is given by an option: put a new one’s line before it there ' +
      '(openssl rand -base64 32), start again, and run ./tartan master-key reseal'
    throw new ConfigError('MASTER_KEY_GIVEN', sentence)
  }
  await writeWhole(path, `${newSealingKeyText()}\n${readText(path).trim()}\n`)
  return fileKey(path).id
}

/** Takes one of those before it away. */
export async function dropMasterKey(source: KeySource, id: string): Promise<void> {
  const path = masterKeyPath(source)
  if (path === undefined) {
    const sentence = 'the master key is given by an option: take its line out there'
    throw new ConfigError('MASTER_KEY_GIVEN', sentence)
  }
  const lines = readText(path).split(/\s+/).filter(Boolean)
  await writeWhole(path, lines.filter((line) => sealingKey(line).id !== id).join('\n'))
}

function requireOne({ options = {} }: KeySource): void {
  const { masterKey, masterKeyFile, masterKeyCommand, services } = options
  const given = [masterKey, masterKeyFile, masterKeyCommand].filter((one) => one !== undefined)
  if (given.length > 1) {
    const sentence =
      'the master key is given twice: set one of TARTAN_MASTER_KEY, _KEY_PATH and _KEY_COMMAND'
    throw new ConfigError('OPTION_INVALID', sentence, { field: table.masterKey.env })
  }
  if (masterKey === undefined || services === 'elsewhere') return
  const sentence =
    'TARTAN_MASTER_KEY needs TARTAN_SERVICES=elsewhere: services that are started here are given ' +
    'no secret by their environment; set TARTAN_MASTER_KEY_PATH or _COMMAND instead'
  throw new ConfigError('OPTION_INVALID', sentence, { field: table.masterKey.env })
}

/** Undefined where no file of this machine has it. */
/** The file that has it; undefined where a variable or a command gives it. */
export function masterKeyPath({ dataFolder, options = {} }: KeySource): string | undefined {
  const { masterKey, masterKeyFile, masterKeyCommand } = options
  if (masterKeyFile !== undefined) return resolve(projectFolder, masterKeyFile)
  if (masterKey !== undefined || masterKeyCommand !== undefined) return undefined
  return join(dataFolder, 'secrets', 'master.key')
}

async function textOf({ options = {} }: KeySource): Promise<string> {
  const { masterKey, masterKeyCommand } = options
  if (masterKey !== undefined) return masterKey.reveal()
  try {
    const limits = { timeout: commandMsMax, maxBuffer: textBytesMax }
    const { stdout } = await promisify(exec)(String(masterKeyCommand), limits)
    return stdout.trim()
  } catch (cause) {
    // Not what it said: that may be half a key.
    const { code = 'no end in 30 s' } = cause as { code?: number | string }
    const sentence = `TARTAN_MASTER_KEY_COMMAND failed (${code}): run it by hand`
    throw new ConfigError('MASTER_KEY_MISSING', sentence, { field: table.masterKeyCommand.env })
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const what = 'restore it from your backup; without it no stored access token opens'
    const why = errorCode(cause) === 'ENOENT' ? 'is missing' : messageOf(cause)
    throw new ConfigError('KEY_MISSING', `${path}: ${why}: ${what}`, { cause })
  }
}

function fileKey(path: string): SealingKey {
  let held = sealingKey(readText(path))
  let stamp = stampOf(path)
  const fresh = () => {
    const now = stampOf(path)
    // One that is gone, or half written by hand, ends nothing that runs.
    if (now === stamp || now === undefined) return held
    try {
      held = sealingKey(readText(path))
      stamp = now
    } catch {
      return held
    }
    return held
  }
  return {
    get id() {
      return fresh().id
    },
    get bytes() {
      return fresh().bytes
    },
    get ids() {
      return fresh().ids
    },
    find: (id) => held.find(id) ?? fresh().find(id),
  }
}

function stampOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found && `${found.ino} ${found.mtimeNs} ${found.size}`
}

/** What a file of a run says in clear, before anything in it can be opened. */
export function sourceIn(dataFolder: string, values: Record<string, string>): KeySource {
  const [masterKeyFile, masterKeyCommand] = [table.masterKeyFile, table.masterKeyCommand].map(
    ({ env }) => values[env],
  )
  return { dataFolder, options: { masterKeyFile, masterKeyCommand } }
}
