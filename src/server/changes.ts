// What is given now and is another than what counts (pure), and which command would make it count.
import { Secret } from '../std/secrets.ts'
import { type Applies, table, type TartanOptions } from './options.ts'
import type { Run } from './run-file.ts'
import { backsUp, ownsServer, type Settings } from './settings.ts'

export interface Change {
  env: string
  applies: Applies
  /** As a person may read it: secrets as dots. */
  now: string
  before: string
}

type Key = keyof TartanOptions

const keys = Object.keys(table) as Key[]

/**
 * For a command that talks to what runs. What was given by flag or environment at a start holds for
 * it without being given again; what stood in the file has to stand there still.
 */
export function changes(now: Settings, run: Run): Change[] {
  return keys.flatMap((key) => {
    const { env, applies } = table[key]
    const before = applies === 'at setup' ? run.setUp : run.started
    if (applies === 'at once' || before === undefined) return []
    const holds = now.given[env] === undefined && !before.fromFile.has(env)
    return holds || isSame(key, now, before) ? [] : [changeOf(key, now, before)]
  })
}

/** For a start, which is made with what is given to it and nothing else. */
export function changesOfStart(now: Settings, started: Settings): Change[] {
  const changed = keys.filter((key) => {
    const { applies } = table[key]
    const isIdle = idle(key, now) !== undefined && idle(key, started) !== undefined
    return /at (first )?start/.test(applies) && !isIdle && !isSame(key, now, started)
  })
  // The database that comes along is one of the services.
  if (now.embedded !== started.embedded) changed.push('warehouseUrl')
  return changed.map((key) => changeOf(key, now, started))
}

function isSame(key: Key, a: Settings, b: Settings): boolean {
  return clear(a.options[key]) === clear(b.options[key])
}

function clear(value: TartanOptions[Key]): string {
  return value instanceof Secret ? value.reveal() : String(value ?? '')
}

function changeOf(key: Key, now: Settings, before: Settings): Change {
  const { env } = table[key]
  const applies = idle(key, now) === undefined ? table[key].applies : 'at start'
  return { env, applies, now: shown(now.options[key]), before: shown(before.options[key]) }
}

function shown(value: TartanOptions[Key]): string {
  return value === undefined ? 'not set' : String(value)
}

/** What is given and changes nothing in this world, each with the reason. */
export function idleTexts(settings: Settings): string[] {
  return keys.flatMap((key) => {
    const { env } = table[key]
    const reason = settings.given[env] === undefined ? undefined : idle(key, settings)
    return reason === undefined ? [] : [`${env} changes nothing here: ${reason}`]
  })
}

function idle(key: Key, settings: Settings): string | undefined {
  const { emulated, embedded, options } = settings
  const isOfEmulator = table[key].env.startsWith('TARTAN_EMULATOR_')
  if (isOfEmulator && !emulated) return `no emulator runs, PLAID_ENV is ${options.plaidEnv}`
  const isCredential = key === 'plaidClientId' || key === 'plaidSecret'
  if (isCredential && emulated) return 'the emulator has credentials of its own'
  if (key === 'databasePort' && !embedded) return 'both databases are yours'
  if (key === 'backupWalMinutes' && !ownsServer(settings)) {
    return 'the database is not the embedded one: switch its point-in-time recovery on'
  }
  if (key === 'backupWalMinutes' && !backsUp(settings)) return 'TARTAN_BACKUP_CRON is off'
  return undefined
}

/** `PLAID_API_PORT: 9000, running: 8080 (make airbyte-start takes it)`. */
export function changeText({ env, now, before, applies }: Change): string {
  return `${env}: ${now}, in use: ${before} (${REMEDY[applies]})`
}

const REMEDY: Record<Applies, string> = {
  'at once': 'taken',
  'at setup': 'make airbyte-setup takes it',
  'at start': 'make airbyte-start takes it',
  'at first start': 'for good: another one needs a TARTAN_DATA_DIR of its own',
}
