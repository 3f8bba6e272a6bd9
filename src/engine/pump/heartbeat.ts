// Heartbeats: notices a connector that hangs (L9), a source that sends nothing although the
// destination would take it, a destination that neither takes nor returns anything. Time that one
// spends waiting for the other is not its own.
import { systemClock } from '../../std/clock.ts'

/** Airbyte's numbers. */
const sourceSilentMsMax = 3 * 60 * 60_000
const destinationSilentMsMax = 24 * 60 * 60_000
const checkMs = 1_000

export function watchHeartbeats(on: {
  sourceSilent(): void
  destinationSilent(): void
  stop(): void
}) {
  let sourceMs = 0
  let destinationMs = 0
  let blocked = false
  let sourceEnded = false
  const stopped = new AbortController()
  void watch()

  return {
    sourceMoved: () => {
      sourceMs = 0
    },
    destinationMoved: () => {
      destinationMs = 0
    },
    blocked: (now: boolean) => {
      blocked = now
    },
    endSource: () => {
      sourceEnded = true
    },
    stop: () => stopped.abort(),
  }

  async function watch(): Promise<void> {
    for (;;) {
      await systemClock.sleep(checkMs, stopped.signal).catch(() => {})
      if (stopped.signal.aborted) return
      if (blocked || sourceEnded) destinationMs += checkMs
      else sourceMs += checkMs
      const hung = sourceMs > sourceSilentMsMax || destinationMs > destinationSilentMsMax
      if (!hung) continue
      if (sourceMs > sourceSilentMsMax) on.sourceSilent()
      else on.destinationSilent()
      on.stop()
      return
    }
  }
}
