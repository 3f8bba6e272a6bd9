// The file that a run's processes read: a start writes it once, secrets sealed (L5), so that every
// process of one run has the same settings and no secret stands in an environment or an argument.
// Beside what the services were started with stands what the last set-up was made with.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, errorCode } from '../std/errors.ts'
import { uuid } from '../std/ids.ts'
import { seal, type SealingKey, Secret, unseal } from '../std/secrets.ts'
import { treeHash } from '../std/tree-hash.ts'
import { writeWhole } from './files.ts'
import { readMasterKey, sourceIn } from './master-key.ts'
import { type Applies, table } from './options.ts'
import { type Given, projectFolder, type Settings, settingsOf } from './settings.ts'

export interface Run {
  /** Another one for each writing of `started`: a supervisor tells which it has read. */
  id: string
  /** The code that was started (`codeVersion`). */
  version: string | undefined
  /** What the services were started with. */
  started: Settings
  /** The same, but for what the set-up was made with; undefined before the first one. */
  setUp: Settings | undefined
  /** As it was when the last set-up was made: the addresses that the engine was told. */
  told: Settings | undefined
}

/** Values by environment variable, and which of them stood in the `.env` file. */
interface Part {
  values: Record<string, string>
  sealed: Record<string, string>
  fromFile: string[]
}

interface RunFile {
  id: string
  version?: string
  started: Part
  setUp?: Part
}

const specs = Object.values(table)
const secrets = new Set<string>(specs.filter(({ type }) => type === 'secret').map(({ env }) => env))
/** The options that a set-up hands to the engine. */
const ofSetUp: string[] = specs
  .filter(({ applies }): boolean => applies === ('at setup' satisfies Applies))
  .map(({ env }) => env)

let version: Promise<string> | undefined

/** Of what a start runs; a process has it once. */
export function codeVersion(): Promise<string> {
  version ??= treeHash(projectFolder, ['package-lock.json', 'src', 'packages/plaid-emulator/src'])
  return version
}

export function runFilePath(dataFolder: string): string {
  return join(dataFolder, 'run', 'options.json')
}

/** Undefined where nothing was started yet. */
export async function readRun(dataFolder: string, key: SealingKey): Promise<Run | undefined> {
  const file = await readRunFile(dataFolder)
  if (!file) return undefined
  const { id, version, started, setUp } = file
  const given = { ...open(key, started), TARTAN_DATA_DIR: dataFolder }
  const run = { id, version, started: settingsOf(given, new Set(started.fromFile)) }
  if (!setUp) return { ...run, setUp: undefined, told: undefined }
  const told = settingsOf(
    { ...open(key, setUp), TARTAN_DATA_DIR: dataFolder },
    new Set(setUp.fromFile),
  )
  return { ...run, setUp: withSetUp(run.started, only(told.given, ofSetUp), told.fromFile), told }
}

/** Settings with other values for the options of a set-up. */
function withSetUp({ given, fromFile }: Settings, values: Given, inFile: ReadonlySet<string>) {
  const others = [...fromFile].filter((env) => !ofSetUp.includes(env))
  return settingsOf(
    { ...given, ...values },
    new Set([...others, ...ofSetUp.filter((env) => inFile.has(env))]),
  )
}

export async function requireRun(dataFolder: string): Promise<Run> {
  const file = await readRunFile(dataFolder)
  const source = file && sourceIn(dataFolder, file.started.values)
  const run = source && (await readRun(dataFolder, await readMasterKey(source)))
  if (run) return run
  throw new ConfigError('NOT_STARTED', 'nothing was started here yet: run make airbyte-start')
}

/** The run that counts: where something else runs the services, each reads its own environment. */
export async function currentRun(settings: Settings): Promise<Run> {
  if (!settings.elsewhere) return requireRun(settings.dataFolder)
  return {
    id: 'elsewhere',
    version: undefined,
    started: settings,
    setUp: settings,
    told: undefined,
  }
}

/**
 * What the services are to be started with, or, under the same id, were; what the last set-up was
 * made with stays.
 */
export async function writeStarted(
  settings: Settings,
  key: SealingKey,
  id: string = uuid(),
): Promise<string> {
  // One that cannot be read, or is sealed with another key, holds nothing that counts.
  const before = await readRun(settings.dataFolder, key).catch(() => undefined)
  const file: RunFile = { id, version: await codeVersion(), started: partOf(settings, key) }
  if (before?.told) file.setUp = partOf(before.told, key)
  await mkdir(join(settings.dataFolder, 'run'), { recursive: true, mode: 0o700 })
  await write(settings.dataFolder, file)
  return file.id
}

/** What a set-up was made with, once the engine has it. */
export async function writeSetUp(settings: Settings, key: SealingKey): Promise<void> {
  const before = await readRunFile(settings.dataFolder)
  if (!before) return
  await write(settings.dataFolder, { ...before, setUp: partOf(settings, key) })
}

/**
 * The settings for a set-up: of its options what is given now and, where nothing is, what was given
 * by flag or environment before.
 */
export function forSetUp(now: Settings, run: Run): Settings {
  const before = run.setUp ?? run.started
  const chosen = ofSetUp.map((env) => {
    const stays = now.given[env] === undefined && !before.fromFile.has(env)
    return [env, stays ? before.given[env] : now.given[env]] as const
  })
  return withSetUp(run.started, Object.fromEntries(chosen), now.fromFile)
}

/** The same, sealed with the newest key. */
export async function resealRun(dataFolder: string, key: SealingKey): Promise<void> {
  const file = await readRunFile(dataFolder)
  if (!file) return
  const part = ({ values, sealed, fromFile }: Part): Part => ({
    values,
    sealed: mapValues(sealed, (text, env) => seal(key, owner(env), unseal(key, owner(env), text))),
    fromFile,
  })
  const { started, setUp, ...rest } = file
  await write(dataFolder, {
    ...rest,
    started: part(started),
    ...(setUp ? { setUp: part(setUp) } : {}),
  })
}

const owner = (env: string) => `option:${env}`

function mapValues(
  values: Record<string, string>,
  map: (text: string, name: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, map(text, name)]))
}

async function readRunFile(dataFolder: string): Promise<RunFile | undefined> {
  try {
    return JSON.parse(await readFile(runFilePath(dataFolder), 'utf8')) as RunFile
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function write(dataFolder: string, file: RunFile): Promise<void> {
  await writeWhole(runFilePath(dataFolder), JSON.stringify(file, null, 2))
}

function partOf({ given, fromFile }: Settings, key: SealingKey): Part {
  const part: Part = { values: {}, sealed: {}, fromFile: [] }
  for (const [env, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (secrets.has(env)) part.sealed[env] = seal(key, owner(env), new Secret(value))
    else part.values[env] = value
    if (fromFile.has(env)) part.fromFile.push(env)
  }
  return part
}

function open(key: SealingKey, { values, sealed }: Part): Record<string, string> {
  return { ...values, ...mapValues(sealed, (text, env) => unseal(key, owner(env), text).reveal()) }
}

function only(given: Given, names: string[]): Given {
  return Object.fromEntries(names.map((env) => [env, given[env]]))
}
