// The folder of backups: one folder each, named by its time, whole or absent; and which of them are
// kept (pure): the last three, and the newest of each of 7 days, 4 weeks and 12 months. Of physical
// ones no weeks and months: the oldest of them says from when on WAL is kept. Where one is restored
// from, each try and each start of an empty server takes another: those of two days stay, too.
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ConfigError, errorCode } from '../../std/errors.ts'
import type { WalPosition } from '../../postgres/base-backup.ts'
import { ontoDisk, writeWhole } from '../files.ts'
import type { Sequence, Sum, Table } from '../store/backup.ts'
import type { KeptFile } from './kept-file.ts'

export interface Manifest {
  /** ISO 8601: what was committed by then is in it. */
  takenAt: string
  /** Of the key that the access tokens in it are sealed with; the key itself is not in it. */
  sealingKeyId: string
  /** Of all that it opens with, where a rotation was under way; left out: that one alone. */
  sealingKeyIds?: string[]
  /** Of age, who alone can read the files of the tables; left out: everybody. */
  recipients?: string[]
  serverVersion: string
  migrations: string[]
  /** None of a physical one. */
  tables: (Table & Sum & KeptFile & { file: string })[]
  sequences: Sequence[]
  /** Of a physical one. */
  base?: Base
}

/** All files of a server. */
export interface Base extends KeptFile {
  file: string
  /** Of the archive in it. */
  unpackedBytes: number
  /** Which server, as PostgreSQL numbers them. */
  system: string
  /** From where on its WAL is needed. */
  wal: WalPosition
}

export const kinds = ['logical', 'physical'] as const
export type Kind = (typeof kinds)[number]

export function filesOf({ tables, base }: Manifest) {
  return base ? [{ ...base, name: 'the server’s files' }] : tables
}

export interface Backup {
  name: string
  folder: string
  manifest: Manifest
  bytes: number
  /** When it was last restored to see that it can be. */
  verifiedAt?: string
}

const manifestName = 'manifest.json'
const verifiedName = 'verified'
const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z(-physical)?$/
const HALF = /^\.\d{4}.*\.half$/
/** What a maker that was killed left behind, once it is surely dead. */
const halfMsMax = 24 * 3_600_000

export function nameOf(takenAt: Date, kind: Kind = 'logical'): string {
  const time = takenAt.toISOString().replaceAll(/[:.]/g, '-')
  return kind === 'physical' ? `${time}-physical` : time
}

export function kindOf({ name }: Pick<Backup, 'name'>): Kind {
  return name.endsWith('-physical') ? 'physical' : 'logical'
}

/** Makes one under another name, and gives it its own once all of it is there. */
export async function shelve(
  shelf: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<Backup> {
  await mkdir(shelf, { recursive: true, mode: 0o700 })
  const half = join(shelf, `.${name}.half`)
  await mkdir(half, { mode: 0o700 })
  try {
    await make(half)
    await rename(half, join(shelf, name))
    await ontoDisk(shelf) // before older ones go
  } finally {
    await rm(half, { recursive: true, force: true })
  }
  return readBackup(join(shelf, name))
}

export async function readBackup(folder: string): Promise<Backup> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, manifestName), 'utf8')) as Manifest
    const bytes = filesOf(manifest).reduce((sum, file) => sum + file.bytes, 0)
    const verifiedAt = await readFile(join(folder, verifiedName), 'utf8').catch(none)
    const verified = verifiedAt === undefined ? {} : { verifiedAt }
    return { name: basename(folder), folder, manifest, bytes, ...verified }
  } catch (cause) {
    const isMissing = errorCode(cause) === 'ENOENT'
    const what = isMissing ? 'no backup is there' : 'the manifest cannot be read'
    throw new ConfigError('BACKUP_UNREADABLE', `${folder}: ${what}: ./tartan backup list`, {
      cause,
    })
  }
}

/** Newest first; one that cannot be read is left out. */
export async function listBackups(shelf: string): Promise<Backup[]> {
  const names = await readdir(shelf).catch(() => [])
  const found = await Promise.all(
    names
      .filter((name) => NAME.test(name))
      .map((name) => readBackup(join(shelf, name)).catch(none)),
  )
  return found.filter((one) => one !== undefined).toSorted((a, b) => (a.name < b.name ? 1 : -1))
}

function none(): undefined {
  return undefined
}

/** Takes away what is not kept, and gives its names. */
export async function prune(shelf: string, now: number): Promise<string[]> {
  const names = await readdir(shelf).catch(() => [])
  const whole = names.filter((name) => NAME.test(name))
  const ofKind = (kind: Kind) => whole.filter((name) => kindOf({ name }) === kind)
  const bases = ofKind('physical')
  const stays = new Set([...kept(ofKind('logical')), ...kept(bases, DAYS), ...recent(bases, now)])
  const gone = whole.filter((name) => !stays.has(name))
  for (const name of gone) await rm(join(shelf, name), { recursive: true, force: true })
  for (const name of names.filter((name) => HALF.test(name))) {
    const { mtimeMs } = await stat(join(shelf, name)).catch(() => ({ mtimeMs: now }))
    if (now - mtimeMs > halfMsMax) await rm(join(shelf, name), { recursive: true, force: true })
  }
  return gone
}

const lastKept = 3
type Periods = [periods: number, periodOf: (day: Date) => string][]
const DAYS: Periods = [[7, (day) => day.toISOString().slice(0, 10)]]
const KEPT: Periods = [
  ...DAYS,
  [4, (day) => String(Math.floor((day.getTime() / 86_400_000 + 3) / 7))],
  [12, (day) => day.toISOString().slice(0, 7)],
]

/** The last ones, and the newest of each of the last periods in which there was one. */
export function kept(names: string[], of = KEPT): Set<string> {
  const newestFirst = names.toSorted().toReversed()
  const periodic = of.flatMap(([periods, periodOf]) => {
    const newest = new Map<string, string>()
    for (const name of newestFirst) {
      const period = periodOf(new Date(`${name.slice(0, 10)}T00:00:00Z`))
      if (!newest.has(period)) newest.set(period, name)
    }
    return [...newest.values()].slice(0, periods)
  })
  return new Set([...newestFirst.slice(0, lastKept), ...periodic])
}

const recentMs = 2 * 86_400_000
const recentMax = 8

/** Of many the oldest: a restore begins with what was there before it was needed. */
function recent(names: string[], now: number): string[] {
  const first = nameOf(new Date(now - recentMs), 'physical')
  return names
    .filter((name) => name >= first)
    .toSorted()
    .slice(0, recentMax)
}

/** That it was restored to see that it can be. */
export async function markVerified({ folder }: Backup, now: number): Promise<void> {
  await writeWhole(join(folder, verifiedName), new Date(now).toISOString())
}

/** As it is told: its rows are those of all its tables; of a server's files nobody counts them. */
export function toldBackup(backup: Backup) {
  const { name, manifest, bytes, verifiedAt } = backup
  const sum = manifest.tables.reduce((rows, table) => rows + Number(table.rows), 0)
  return {
    name,
    kind: kindOf(backup),
    taken_at: manifest.takenAt,
    rows: manifest.base ? null : sum,
    bytes,
    verified_at: verifiedAt ?? null,
  }
}
