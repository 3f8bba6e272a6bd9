// What of a physical backup is told by names, numbers and messages alone.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { archiveBytes } from '../../src/postgres/base-backup.ts'
import { EndOfWal, failure } from '../../src/postgres/recovery.ts'
import { baseFor, instantOf, rangeReplayed } from '../../src/server/backup/instant.ts'
import type { Backup } from '../../src/server/backup/shelf.ts'
import {
  holeOf,
  isLeft,
  segmentNumber,
  segmentOf,
  takeWal,
  walNames,
  walOf,
  walShelf,
} from '../../src/server/backup/wal.ts'

test('of a message of the archive’s the data alone are taken', () => {
  expect(archiveBytes(Buffer.from('nbase.tar\0\0'))).toBeUndefined()
  expect(archiveBytes(Buffer.from('p12345678'))).toBeUndefined()
  expect(archiveBytes(Buffer.from('dn\0d'))).toEqual(Buffer.from('n\0d'))
  expect(archiveBytes(Buffer.alloc(0))).toBeUndefined()
})

test('a segment is numbered as its position is, on every timeline', () => {
  expect(segmentNumber('000000010000000200000003.zst')).toBe(2 * 256 + 3)
  expect(segmentNumber('0000000A0000000200000003')).toBe(segmentOf('2/3FFFFFF'))
  expect(segmentOf('0/FF000000')).toBe(255)
})

test('a segment that is missing is found, but not one that is still to come', () => {
  const names = [2, 3, 5].map((n) => `00000001000000000000000${n}.zst`)
  expect(holeOf(names, 2)).toBe(4)
  expect(holeOf(names, 5)).toBeUndefined()
  expect(holeOf(names, 6)).toBeUndefined()
  expect(holeOf(names, 1)).toBe(1)
  expect(holeOf([...names, '000000020000000000000004', '00000002.history'], 2)).toBeUndefined()
  expect(holeOf([], 7)).toBeUndefined()
})

test('a timeline that a restore has left is told by the history of the next', () => {
  const names = ['00000002.history.zst.age', '000000020000000000000004.zst.age']
  expect(isLeft(names, 1)).toBe(true)
  expect(isLeft(names, 2)).toBe(false)
  expect(isLeft(names.slice(1), 1)).toBe(false)
})

test('an instant is read to the microsecond, with its offset or in UTC', () => {
  expect(instantOf('2026-11-26 10:15')).toBe('2026-11-26T10:15:00+00:00')
  expect(instantOf('2026-11-26T10:15:30.123456+01')).toBe('2026-11-26T10:15:30.123456+01:00')
  expect(instantOf('2026-11-26 10:15:30-0330')).toBe('2026-11-26T10:15:30-03:30')
  expect(instantOf('2026-11-26T10:15:30Z')).toBe('2026-11-26T10:15:30+00:00')
  expect(instantOf('latest')).toBe('latest')
  for (const text of ['yesterday', '2026-11-26', '2026-13-01 10:00', '']) {
    expect(() => instantOf(text)).toThrow('--until')
  }
})

test('the newest backup that was whole by then is where it begins', () => {
  const of = (takenAt: string, isPhysical = true) =>
    ({ name: takenAt, manifest: { takenAt, ...(isPhysical ? { base: {} } : {}) } }) as Backup
  const [monday, tuesday] = [of('2026-11-23T03:30:00+00:00'), of('2026-11-24T03:30:00+00:00')]
  const all = [of('2026-11-24T04:00:00+00:00', false), tuesday, monday]
  expect(baseFor(all, '2026-11-24T05:00:00Z')).toBe(tuesday)
  expect(baseFor(all, '2026-11-24T03:30:00+01:00')).toBe(monday)
  expect(baseFor(all, 'latest')).toBe(tuesday)
  expect(() => baseFor(all, '2026-11-23T03:00:00Z')).toThrow(
    `from ${monday.name} to the last change`,
  )
  expect(() => baseFor(all.slice(0, 1), 'latest')).toThrow('no physical backup')
})

/** What begins one; the rest does not matter. */
function segment(system: bigint, bytes = 'changes'): Buffer {
  const header = Buffer.alloc(40)
  header.writeUInt16LE(2, 2)
  header.writeBigUInt64LE(system, 24)
  return Buffer.concat([header, Buffer.from(bytes)])
}

const first = '000000010000000000000001'
const second = '000000010000000000000002'
const third = '000000020000000000000003'
const history = '00000002.history'

describe('WAL that waits in a data folder', () => {
  let folder: string
  let shelf: string
  let walFolder: string
  let dataFolder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tartan wal '))
    shelf = join(folder, 'shelf')
    walFolder = join(folder, 'wal')
    dataFolder = join(folder, 'data')
    for (const one of [walFolder, join(dataFolder, 'pg_wal'), join(dataFolder, 'global')]) {
      await mkdir(one, { recursive: true })
    }
    const control = Buffer.alloc(8)
    control.writeBigUInt64LE(8n)
    await writeFile(join(dataFolder, 'global', 'pg_control'), control)
    await mkdir(walShelf(shelf, '7'), { recursive: true })
  })

  afterEach(() => rm(folder, { recursive: true }))

  test('is, with that of the shelf, all of its server’s; another server’s is not', async () => {
    await writeFile(join(walShelf(shelf, '7'), `${first}.zst.age`), '')
    await writeFile(join(walFolder, second), segment(8n))
    await writeFile(join(walFolder, third), segment(7n))
    await writeFile(join(walFolder, history), '')
    const onShelf: [string, string] = [first, join(walShelf(shelf, '7'), `${first}.zst.age`)]
    expect(await walOf(shelf, '7')).toEqual(new Map([onShelf]))
    const waits = [history, third].map((name): [string, string] => [name, join(walFolder, name)])
    expect(await walOf(shelf, '7', { walFolder, dataFolder })).toEqual(new Map([onShelf, ...waits]))
  })

  const take = () => takeWal({ walFolder, dataFolder }, shelf, [])
  const onShelf = async (system: string) => walNames(walShelf(shelf, system))

  test('is filed under its own server, also after another one began in that folder', async () => {
    await writeFile(join(walFolder, first), segment(7n))
    await writeFile(join(walFolder, second), segment(8n))
    await writeFile(join(walFolder, `${second}.partial`), segment(8n))
    await writeFile(join(walFolder, third), segment(7n))
    await writeFile(join(walFolder, history), 'of the other')
    await take()
    expect(await onShelf('7')).toEqual([first, history, third].map((name) => `${name}.zst`))
    expect(await onShelf('8')).toEqual([`${second}.zst`])
    expect(await walNames(walFolder)).toEqual([])
    // Today's own history says so itself, before its timeline has a segment.
    for (const path of [walFolder, join(dataFolder, 'pg_wal')]) {
      await writeFile(join(path, history), 'of today')
    }
    await take()
    expect(await onShelf('8')).toEqual([second, history].map((name) => `${name}.zst`))
  })

  test('replaces nothing of another content, and is known once it was taken', async () => {
    const kept = join(walShelf(shelf, '7'), `${first}.zst`)
    await writeFile(join(walFolder, first), segment(7n))
    await take()
    const bytes = await readFile(kept)
    await writeFile(join(walFolder, second), segment(7n))
    await take()
    await writeFile(join(walFolder, second), segment(7n)) // killed before it went
    await writeFile(join(walFolder, first), segment(8n))
    await take()
    expect(await walNames(walFolder)).toEqual([])
    for (const name of [first, third]) await writeFile(join(walFolder, name), segment(7n, 'other'))
    await expect(take()).rejects.toMatchObject({ code: 'WAL_OCCUPIED' })
    expect(await readFile(kept)).toEqual(bytes)
    expect(await walNames(walFolder)).toEqual([first])
    expect(await onShelf('7')).toEqual([first, second, third].map((name) => `${name}.zst`))
  })
})

test('what is possible is told by both its ends, be it that nothing was replayed', () => {
  const from = '2026-11-28T17:44:11+00:00'
  const later = rangeReplayed(from, '2026-11-28 17:45:00.5+00')
  expect(later).toContain(`from ${from} to 2026-11-28T17:45:00.5+00:00;`)
  for (const lastAt of [undefined, '2026-11-28 17:44:10+00']) {
    expect(rangeReplayed(from, lastAt)).toContain(`from ${from} to ${from};`)
  }
})

test('that the WAL ends too soon is told apart from what else PostgreSQL may say', () => {
  const said = [
    'LOG:  last completed transaction was at log time 2026-11-26 10:15:00.5+00',
    'FATAL:  recovery ended before configured recovery target was reached',
  ].join('\n')
  expect(failure(said, 'exit code 1')).toMatchObject({ lastAt: '2026-11-26 10:15:00.5+00' })
  expect(failure('FATAL:  no space left', 'exit code 1')).not.toBeInstanceOf(EndOfWal)
  expect(failure('FATAL:  no space left', 'exit code 1').message).toContain('no space left')
  expect(failure('', 'exit code 1').message).toContain('exit code 1')
})
