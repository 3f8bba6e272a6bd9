// So many at one time, the others in the order in which they came (L9).

export interface Turns {
  /** Runs `work` when its turn has come; rejects, and runs nothing, when the signal fires first. */
  take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

export function createTurns(atOnceMax: number): Turns {
  let running = 0
  const waiting = new Set<() => void>()

  async function wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const leave = () => {
      waiting.delete(resolve)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', leave, { once: true })
    waiting.add(resolve)
    await promise.finally(() => signal.removeEventListener('abort', leave))
  }

  return {
    take: async (work, signal) => {
      signal.throwIfAborted()
      if (running < atOnceMax) running++
      else await wait(signal) // whoever ends hands its place over
      try {
        return await work()
      } finally {
        const [next] = waiting
        if (next) {
          waiting.delete(next)
          next()
        } else running--
      }
    },
  }
}
