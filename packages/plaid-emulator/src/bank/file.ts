// A file of the emulator's that is always whole: a new one replaces the old, so that a crash leaves
// one or the other.
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'

export async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  const file = join(folder, name)
  const next = `${file}.next`
  const handle = await open(next, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(next, file)
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** One write at a time; callers that come meanwhile share the one after it. */
export function inTurn(write: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let waiting: Promise<void> | undefined
  const start = (): Promise<void> => {
    waiting = undefined
    running = write().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    // one that waits has not begun yet, though the one before it may be over
    if (waiting !== undefined) return waiting
    if (running === undefined) return start()
    waiting = running.then(start, start)
    return waiting
  }
}
