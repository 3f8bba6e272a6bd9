// For a loop that looks now and then: it looks at once when somebody rings. A ring while it is busy
// is heard when it waits next.

export interface Bell {
  ring(): void
  /** Resolves at a ring, after so long, or at the signal. One waits at a time. */
  wait(msMax: number, signal: AbortSignal): Promise<void>
}

export function createBell(): Bell {
  let rung = false
  let wake: (() => void) | undefined
  return {
    ring: () => {
      rung = true
      wake?.()
    },
    wait: (msMax, signal) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          wake = undefined
          rung = false
          resolve()
        }
        const timer = setTimeout(done, msMax)
        wake = done
        signal.addEventListener('abort', done)
        if (rung || signal.aborted) done()
      }),
  }
}
