/** What is done while something is written, one write after the other. */
export async function underWrites<T>(
  write: () => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const writing = (async () => {
    while (!stop.signal.aborted) await write()
  })()
  try {
    return await work()
  } finally {
    stop.abort()
    await writing
  }
}
