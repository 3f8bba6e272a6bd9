// A process's log: appended, and rotated so that it never grows beyond a bound (L9). The supervisor
// holds the pipe's end: a full disk costs lines, never the service that wrote them.
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from '../../std/errors.ts'
import { isDiskTrouble } from '../files.ts'

const fileBytesMax = 5 * 1024 * 1024
/** Beside the current one: `.1` is the youngest. */
const oldFilesMax = 2

export interface LogFile {
  write(chunk: Buffer | string): void
  close(): void
}

export function openLogFile(path: string, bytesMax = fileBytesMax): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let file = openSync(path, 'a', 0o600)
  let bytes = fstatSync(file).size
  return {
    write: (chunk) => {
      const data = Buffer.from(chunk)
      if (bytes > 0 && bytes + data.length > bytesMax) rotate()
      try {
        bytes += writeSync(file, data)
      } catch (error) {
        if (!isDiskTrouble(error)) throw error
      }
    },
    close: () => closeSync(file),
  }

  function rotate(): void {
    try {
      for (let i = oldFilesMax; i >= 1; i--) {
        renameIfThere(i === 1 ? path : `${path}.${i - 1}`, `${path}.${i}`)
      }
      const next = openSync(path, 'a', 0o600)
      closeSync(file)
      file = next
      bytes = 0
    } catch (error) {
      if (!isDiskTrouble(error)) throw error
    }
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}
