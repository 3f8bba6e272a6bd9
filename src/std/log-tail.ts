// The end of a file that grows and is rotated. Its size is bounded, so its tail is read whole.
import { open, readFile, stat } from 'node:fs/promises'
import { systemClock } from './clock.ts'

const lookEveryMs = 250

/** Says the last `count` whole lines; gives the position after them. */
export async function readTail(
  path: string,
  count: number,
  say: (line: string) => void,
): Promise<number> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0))
  const end = bytes.lastIndexOf(10) + 1
  const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1)
  if (count > 0) lines.slice(-count).forEach(say)
  return end
}

/**
 * Says every line from `position` on, until the signal fires. A file that was rotated away is left
 * behind.
 */
export async function followFile(
  path: string,
  position: number,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<never> {
  let at = position
  let inode = (await stat(path).catch(() => undefined))?.ino
  for (;;) {
    await systemClock.sleep(lookEveryMs, signal)
    const now = await stat(path).catch(() => undefined)
    if (!now) continue
    if (now.ino !== inode || now.size < at) at = 0
    inode = now.ino
    if (now.size > at) at = await sayFrom(path, at, now.size, say)
  }
}

async function sayFrom(
  path: string,
  from: number,
  to: number,
  say: (line: string) => void,
): Promise<number> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(to - from)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
    const end = bytes.subarray(0, bytesRead).lastIndexOf(10) + 1
    bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1).forEach(say)
    return from + end
  } finally {
    await file.close()
  }
}
