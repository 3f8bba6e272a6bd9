// What a service does again and again by itself. A round that fails is told and made again after
// its pause: nothing else waits for it (L7).
import type { Bell } from './bell.ts'
import { type Clock, systemClock } from './clock.ts'
import { classify, isAbort } from './errors.ts'
import type { Logger } from './log.ts'

export interface Rounds {
  /** From the end of one to the next. */
  pauseMs: number
  /** Whoever rings it begins the next one, unless the last one failed. */
  bell?: Bell
  /** Stands before what failed, in the log. */
  says?: string
  log: Logger
  signal: AbortSignal
  clock?: Clock
}

/** Runs until the signal. */
export async function rounds(round: () => Promise<void>, how: Rounds): Promise<void> {
  const { pauseMs, bell, says, log, signal, clock = systemClock } = how
  while (!signal.aborted) {
    try {
      await round()
      if (bell) {
        await bell.wait(pauseMs, signal)
        continue
      }
    } catch (error) {
      const { code, message } = classify(error)
      if (!isAbort(error)) log.warn({ code }, says === undefined ? message : `${says}: ${message}`)
    }
    await clock.sleep(pauseMs, signal).catch(() => {})
  }
}
