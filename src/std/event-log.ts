// The newest events of a service, for whoever follows them: a bounded number (L9), kept once for
// all followers. Each has its place among them, so that a slow one costs nothing; where it has
// fallen behind what is kept, or something may have been missed, it is told to look for itself
// (`reset`). Nothing is ever missed in silence: while it is not heard what happens, nobody follows.
import { uuid } from './ids.ts'

export interface LoggedEvent {
  /** Where a follower goes on. */
  id: string
  type: string
  /** JSON text. */
  data: string
}

export interface EventLog {
  push(type: string, data: string): void
  /** From now on what happens is heard; what was before may have been missed. */
  reset(): void
  /** What happens is not heard: whoever follows is let go, until `reset`. */
  lose(): void
  isLost(): boolean
  /**
   * Events from now on, or those after the one with that id; first of all one that says where one
   * stands, `open` or `reset`. Null when nothing came for `quietMs`. Until the signal, or until it
   * is lost.
   */
  follow(signal: AbortSignal, quietMs: number, after?: string): AsyncGenerator<LoggedEvent | null>
}

const eventsKeptMax = 1_000

/** `standing`: what is told with `open` and `reset`, JSON text. */
export function createEventLog(keptMax = eventsKeptMax, standing = () => '{}'): EventLog {
  // Another run's ids mean nothing here.
  const run = uuid()
  let kept: LoggedEvent[] = []
  /** How many there have been. */
  let count = 0
  /** In an object, since another sets it while a follower waits. */
  const state = { lost: false }
  const waiting = new Set<() => void>()
  const idOf = (place: number) => `${run}.${place}`
  const push = (type: string, data: string) => {
    count += 1
    kept.push({ id: idOf(count), type, data })
    // Cut seldom, so that an event costs the same however many are kept.
    if (kept.length >= keptMax * 2) kept = kept.slice(-keptMax)
    for (const wake of waiting) wake()
  }
  return {
    push,
    reset: () => {
      state.lost = false
      push('reset', standing())
    },
    lose: () => {
      state.lost = true
      for (const wake of waiting) wake()
    },
    isLost: () => state.lost,
    // Where it begins is decided when it is asked for, not when it is first read.
    follow: (signal, quietMs, after) => {
      const asked = placeOf(after)
      const missed = after !== undefined && asked === undefined
      return follow(signal, quietMs, asked ?? count, missed ? 'reset' : 'open')
    },
  }

  async function* follow(
    signal: AbortSignal,
    quietMs: number,
    from: number,
    first: string,
  ): AsyncGenerator<LoggedEvent | null> {
    let place = from
    yield { id: idOf(place), type: first, data: standing() }
    while (!signal.aborted && !state.lost) {
      const oldest = count - Math.min(kept.length, keptMax)
      if (place < oldest) {
        place = count
        yield { id: idOf(place), type: 'reset', data: standing() }
        continue
      }
      const next = kept[kept.length - (count - place)]
      if (next) {
        place += 1
        yield next
      } else if (!(await somethingCame(waiting, signal, quietMs)) && !signal.aborted) yield null
    }
  }

  function placeOf(id: string | undefined): number | undefined {
    const [of, place] = (id ?? '').split('.')
    if (of !== run || !/^\d{1,15}$/.test(place ?? '')) return undefined
    return Number(place) <= count ? Number(place) : undefined
  }
}

/** True when it is woken, false after so long or at the signal. */
function somethingCame(
  waiting: Set<() => void>,
  signal: AbortSignal,
  quietMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (came: boolean) => {
      clearTimeout(timer)
      waiting.delete(wake)
      signal.removeEventListener('abort', left)
      resolve(came)
    }
    const wake = () => end(true)
    const left = () => end(false)
    const timer = setTimeout(left, quietMs)
    waiting.add(wake)
    signal.addEventListener('abort', left)
  })
}
