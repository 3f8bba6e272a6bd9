// The checks, in the order in which a start would meet their trouble.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { classify } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import { exists } from '../../postgres/embedded.ts'
import { embeddedServer } from '../../server/embedded.ts'
import { createPool, type Pool } from '../../postgres/pool.ts'
import { one, sql } from '../../postgres/query.ts'
import { requireUsable, type Rival } from '../../postgres/usable.ts'
import { diskBytesFree } from '../../server/files.ts'
import { databaseUrl, plaidCredentials, warehouseUrl } from '../../server/keys.ts'
import { table } from '../../server/options.ts'
import { portStates } from '../../server/ports.ts'
import { projectFolder, type Settings } from '../../server/settings.ts'
import { lockHolder } from '../../server/supervisor/lock.ts'
import { readStatus } from '../../server/supervisor/status.ts'
import { demandsOf } from './demands.ts'

export interface Check {
  what: string
  /** What is wrong and what to do; undefined when all is well. */
  trouble?: string
}

const statementMsMax = 10_000
const nodeMajorMin = 24
const diskBytesMin = 1024 ** 3

export async function* runChecks(settings: Settings): AsyncGenerator<Check> {
  yield nodeVersion()
  if (!settings.elsewhere) yield await packages()
  if (settings.embedded && !settings.elsewhere) yield await databaseProgram(settings)
  yield await diskSpace(settings.dataFolder)
  for (const { what, look } of demandsOf(settings)) yield await attempt(what, look)
  yield* credentialShapes(settings)
  if (!settings.elsewhere) yield* ports(settings)
  yield* databases(settings)
}

function nodeVersion(): Check {
  const what = `Node.js ${process.versions.node}`
  const major = Number(process.versions.node.split('.')[0])
  if (major >= nodeMajorMin) return { what }
  return { what, trouble: `run it by ./tartan, which brings Node.js ${nodeMajorMin}` }
}

/** The launcher leaves the lock file's copy beside what it installed. */
async function packages(): Promise<Check> {
  const what = 'npm packages'
  const [wanted, installed] = await Promise.all([
    readFile(join(projectFolder, 'package-lock.json'), 'utf8'),
    readFile(join(projectFolder, 'node_modules/.tartan-lock'), 'utf8').catch(() => ''),
  ])
  if (wanted === installed) return { what }
  return { what, trouble: 'not those of the lock file: run any command by ./tartan, or npm ci' }
}

async function databaseProgram(settings: Settings): Promise<Check> {
  const what = 'embedded PostgreSQL'
  return attempt(what, async () => {
    const server = await embeddedServer(settings)
    return `${what}, run by ${server.runsAs}, data in ${server.dataFolder}`
  })
}

async function diskSpace(dataFolder: string): Promise<Check> {
  let folder = dataFolder
  while (!(await exists(folder))) folder = dirname(folder)
  return roomFor(await diskBytesFree(folder), folder, runs(dataFolder))
}

/** What runs already is not refused for it: it goes on, and says so when the disk is full. */
export function roomFor(bytesFree: number, folder: string, isRunning: boolean): Check {
  const what = `disk space, ${(bytesFree / 1024 ** 3).toFixed(1)} GiB free at ${folder}`
  if (bytesFree >= diskBytesMin) return { what }
  if (isRunning) return { what: `${what}: less than 1 GiB, make room soon` }
  return { what, trouble: 'at least 1 GiB is needed: make room, or set TARTAN_DATA_DIR' }
}

function runs(dataFolder: string): boolean {
  return lockHolder(dataFolder) !== undefined && readStatus(dataFolder)?.phase === 'running'
}

/** Of what is set; whether Plaid knows it is seen at the first call, so no start is refused. */
async function* credentialShapes(settings: Settings): AsyncGenerator<Check> {
  const { emulated, options } = settings
  const given = emulated ? undefined : await plaidCredentials(settings).catch(() => undefined)
  if (!given || options.plaidUrl !== undefined) return
  for (const [name, value, digits] of [
    ['PLAID_CLIENT_ID', given.clientId, 24],
    ['PLAID_SECRET', given.secret.reveal(), 30],
  ] as const) {
    if (new RegExp(`^[0-9a-f]{${digits}}$`).test(value)) continue
    yield {
      what: name,
      trouble: `should be ${digits} hexadecimal digits: copy it from the dashboard`,
    }
  }
}

async function* ports(settings: Settings): AsyncGenerator<Check> {
  for await (const { needed, isOurs, trouble } of portStates(settings)) {
    const what = `port ${needed.port} (${needed.service})`
    if (trouble === undefined) yield { what: `${what}, ${isOurs ? 'ours' : 'free'}` }
    else yield { what, trouble }
  }
}

async function* databases(settings: Settings): AsyncGenerator<Check> {
  const { options, dataFolder } = settings
  const isRunning = settings.elsewhere || runs(dataFolder)
  const list = [
    { what: 'database of Tartan', option: 'databaseUrl', url: databaseUrl },
    { what: 'warehouse', option: 'warehouseUrl', url: warehouseUrl },
  ] as const
  for (const { what, option, url } of list) {
    const isOurs = options[option] === undefined
    if (isOurs && !isRunning) {
      yield { what: `${what}: embedded, not started` }
      continue
    }
    const remedy = isOurs
      ? 'run make airbyte-start, and look into ./tartan logs'
      : `see that the server runs and ${table[option].env} is right`
    yield await attempt(what, async () => `${what}, ${await reach(await url(settings))}`, remedy)
  }
}

async function reach(url: Secret): Promise<string> {
  const pool = createPool(url, { name: 'tartan check', connectionsMax: 2, statementMsMax })
  try {
    const { server_version: version } = await one<{ server_version: string }>(
      pool,
      sql`show server_version`,
    )
    const { client, end } = await lent(pool)
    try {
      await requireUsable(client, () => lent(pool), 'it')
    } finally {
      await end()
    }
    return `PostgreSQL ${version} answers`
  } finally {
    await pool.end()
  }
}

async function lent(pool: Pool): Promise<Rival> {
  const client = await pool.connect()
  return { client, end: async () => client.release() }
}

async function attempt(what: string, look: () => Promise<string>, remedy?: string): Promise<Check> {
  try {
    return { what: await look() }
  } catch (error) {
    const { message, field } = classify(error)
    // What is wrong with a part of it says what mends that.
    const isWhole = remedy === undefined || field !== undefined
    return { what, trouble: isWhole ? message : `${message}: ${remedy}` }
  }
}
