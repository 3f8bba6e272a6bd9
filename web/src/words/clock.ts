// The server's clock: ages are told against it, not against this browser's. And the one place that
// asks for the time.
import { useSyncExternalStore } from 'react'

const tickMs = 1_000

let aheadMs = 0
let current = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** What the server said that it is, in milliseconds, with each of its answers. */
export function noteServerTime(header: string | null): void {
  const at = Number(header ?? '0')
  if (at > 0) aheadMs = at - Date.now()
}

export function nowMs(): number {
  return Date.now() + aheadMs
}

/** Now, to the second, or in coarser steps; whoever asks is shown anew at each. */
export function useNow(everyMs = tickMs): number {
  return useSyncExternalStore(subscribe, () => Math.floor(current / everyMs) * everyMs)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, tickMs)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === undefined) return
    clearInterval(timer)
    timer = undefined
  }
}

function tick(): void {
  current = nowMs()
  for (const listener of listeners) listener()
}
