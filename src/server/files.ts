// Files that are whole or absent, whenever the writer is killed.
import { open, rename, statfs } from 'node:fs/promises'
import { renameSync, writeFileSync } from 'node:fs'
import { errorCode } from '../std/errors.ts'

const DISK = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'ENOENT'])

/** The disk is full, failing, or the folder was taken away. */
export function isDiskTrouble(error: unknown): boolean {
  return DISK.has(errorCode(error) ?? '')
}

/** Below that, whatever goes wrong here most likely goes wrong for want of room. */
const diskBytesTight = 64 * 1024 ** 2

export async function diskBytesFree(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** A sentence where there is no room left; undefined where there is. */
export async function fullDisk(folder: string): Promise<string | undefined> {
  if ((await diskBytesFree(folder)) >= diskBytesTight) return undefined
  return `the disk of ${folder} is full: make room and run the same command again`
}

/** Readable by its owner only. */
const PRIVATE = 0o600

export async function writeWhole(path: string, text: string): Promise<void> {
  const half = `${path}.${process.pid}.new`
  const file = await open(half, 'w', PRIVATE)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(half, path)
}

/**
 * The same at once, where nothing may happen between a fact and its record. It is about processes,
 * which do not outlive the machine, so it does not wait for the disk.
 */
export function writeWholeSync(path: string, text: string): void {
  const half = `${path}.${process.pid}.new`
  writeFileSync(half, text, { mode: PRIVATE })
  renameSync(half, path)
}

/** A file's bytes, or a folder's names, outlive a power cut from here on. */
export async function ontoDisk(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
