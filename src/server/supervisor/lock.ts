// One supervisor at a time for a data folder. The lock is a file that names its holder by identity,
// so that a holder that was killed, even if its number lives on in another process, holds nothing.
// It is made by `link`, which fails when the name is taken. Two that take over a dead holder's lock
// at once are told apart afterwards: whoever does not find itself in the file yields.
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../std/clock.ts'
import { ConfigError, errorCode, must } from '../../std/errors.ts'
import { writeWholeSync } from '../files.ts'
import { identify, type Identity, isAlive } from '../../std/process.ts'

const triesMax = 5
/** Longer than a taker needs between looking at a dead holder and moving its file away. */
const settleMs = 100

export function lockPath(dataFolder: string): string {
  return join(dataFolder, 'run', 'supervisor.lock')
}

/** Who holds the lock and lives. */
export function lockHolder(dataFolder: string): Identity | undefined {
  const holder = readHolder(lockPath(dataFolder))
  return isAlive(holder) ? holder : undefined
}

/** Whether somebody keeps services running; one that does not answer may then come back. */
export function isUp({ dataFolder, elsewhere = false }: Place): boolean {
  return elsewhere || lockHolder(dataFolder) !== undefined
}

interface Place {
  dataFolder: string
  /** By something that we know nothing of. */
  elsewhere?: boolean
}

/** Holds the lock until the process ends or `releaseLock`. */
export async function takeLock(dataFolder: string): Promise<void> {
  const path = lockPath(dataFolder)
  const mine = must(identify(process.pid), 'a running process has an identity')
  const offer = `${path}.${process.pid}`
  writeWholeSync(offer, JSON.stringify(mine))
  try {
    for (let attempt = 0; attempt < triesMax; attempt++) {
      if (tryLink(offer, path)) {
        await systemClock.sleep(settleMs)
        if (readHolder(path)?.pid === process.pid) return
      }
      const holder = readHolder(path)
      if (holder && isAlive(holder)) throw taken(holder)
      moveAway(path)
    }
  } finally {
    rmSync(offer, { force: true })
  }
  throw taken(readHolder(path))
}

export function holdsLock(dataFolder: string): boolean {
  return readHolder(lockPath(dataFolder))?.pid === process.pid
}

export function releaseLock(dataFolder: string): void {
  if (holdsLock(dataFolder)) rmSync(lockPath(dataFolder), { force: true })
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

function moveAway(path: string): void {
  const away = `${path}.dead.${process.pid}`
  try {
    renameSync(path, away)
    rmSync(away, { force: true })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error // somebody else moved it
  }
}

function readHolder(path: string): Identity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Identity
  } catch {
    return undefined // absent, or cut short by a full disk: nobody's
  }
}

function taken(holder: Identity | undefined): ConfigError {
  return new ConfigError(
    'ALREADY_RUNNING',
    `another supervisor (pid ${holder?.pid ?? 'unknown'}) has this data folder: ` +
      'run make airbyte-status to see it, make airbyte-stop to end it',
  )
}
