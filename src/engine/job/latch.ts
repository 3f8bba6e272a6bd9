// A bell for loops: they wait for their time or for somebody to ring.

export interface Latch {
  ring(): void
  /** Resolves after `ms`, at the next ring (or one since the last wait), or at the abort. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export function createLatch(): Latch {
  let rung = false
  let wake: (() => void) | undefined
  return {
    ring: () => {
      rung = true
      wake?.()
    },
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          wake = undefined
          rung = false
          resolve()
        }
        const timer = setTimeout(done, ms)
        wake = done
        signal.addEventListener('abort', done)
        if (rung || signal.aborted) done()
      }),
  }
}
