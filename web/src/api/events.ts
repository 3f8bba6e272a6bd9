// What has changed, told by the server: one tab of a browser holds the stream (a browser allows six
// connections to an origin), the others listen to that tab. Who is not heard, and since when, is
// known to every page; until all are heard again everything is asked for every ten seconds.
import { useSyncExternalStore } from 'react'
import type { Silence } from '../../../src/web-server/shapes.ts'
import { nowMs } from '../words/clock.ts'
import { Problem } from './call.ts'
import { events, type Heard, type Place } from './event-stream.ts'
import { apply } from './notices.ts'
import { queryClient } from './query-client.ts'
import { sessionQuery } from './session.ts'

const hiddenMsMax = 30_000
const fallbackMs = 10_000
const retryMs = { min: 250, max: 2_000 }
const lockName = 'tartan.events'
const tartan = 'Tartan'

let silences: Silence[] = []
const listeners = new Set<() => void>()
const channel = new BroadcastChannel(lockName)
const place: Place = {}
let abort: AbortController | undefined
let hidden: ReturnType<typeof setTimeout> | undefined
let isHolder = false
let heardAt = nowMs()

/** Who is not heard at this moment, be it a service or the web server itself. */
export function useSilences(): Silence[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => silences,
  )
}

/** From now on; gives what ends it. */
export function listen(): () => void {
  channel.addEventListener('message', onMessage)
  document.addEventListener('visibilitychange', onVisible)
  // a browser may keep a page that was left, and what it reads, for a way back
  addEventListener('pagehide', stop)
  addEventListener('pageshow', onVisible)
  tell({ type: 'hello', data: {} })
  start()
  return () => {
    channel.removeEventListener('message', onMessage)
    document.removeEventListener('visibilitychange', onVisible)
    removeEventListener('pagehide', stop)
    removeEventListener('pageshow', onVisible)
    stop()
    delete place.lastEventId
  }
}

function onMessage({ data }: MessageEvent<Heard>): void {
  if (data.type !== 'hello') hear(data)
  else if (isHolder) tell({ type: 'silences', data: { silences } })
}

function onVisible(): void {
  clearTimeout(hidden)
  if (document.visibilityState === 'hidden') hidden = setTimeout(stop, hiddenMsMax)
  else start()
}

function start(): void {
  if (abort !== undefined) return
  const own = new AbortController()
  abort = own
  // the second tab waits here for its turn, which comes when the first one closes
  const held = navigator.locks.request(lockName, { signal: own.signal }, () => hold(own.signal))
  held.catch(() => undefined)
}

function stop(): void {
  clearTimeout(hidden)
  abort?.abort()
  abort = undefined
}

function tell(heard: Heard): void {
  channel.postMessage(heard)
}

/** Here and in the other tabs. */
function both(heard: Heard): void {
  hear(heard)
  tell(heard)
}

async function hold(signal: AbortSignal): Promise<void> {
  isHolder = true
  let askAgainAt = 0
  let waitMs = 0
  const onHeard = (heard: Heard | null) => {
    heardAt = nowMs()
    waitMs = 0
    if (heard !== null) both(heard)
  }
  while (!signal.aborted) {
    const before = heardAt
    const message = await follow(onHeard, signal)
    if (signal.aborted) break
    // one that was cut off after it was heard is asked again first
    if (heardAt === before) {
      const isLate = nowMs() >= askAgainAt
      if (isLate) askAgainAt = nowMs() + fallbackMs
      const silence = { service: tartan, since: new Date(heardAt).toISOString(), message }
      both({ type: isLate ? 'reset' : 'silences', data: { silences: [silence] } })
    }
    waitMs = Math.min(retryMs.max, Math.max(retryMs.min, waitMs * 2))
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
  isHolder = false
}

/** Until it ends; says why. */
async function follow(onHeard: (heard: Heard | null) => void, signal: AbortSignal) {
  try {
    // where it goes on is known, or whatever was read before may have changed meanwhile
    const isNew = place.lastEventId === undefined
    for await (const heard of events('web/events', place, signal)) {
      const isFirst = isNew && heard?.type === 'open'
      onHeard(isFirst ? { ...heard, type: 'reset' } : heard)
    }
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey })
    }
  }
  return `${tartan} does not answer: ./tartan status says why`
}

function hear(heard: Heard): void {
  const told = heard.data['silences'] as Silence[] | undefined
  if (told !== undefined) become(told)
  apply(heard)
}

function become(now: Silence[]): void {
  if (JSON.stringify(now) === JSON.stringify(silences)) return
  silences = now
  for (const listener of listeners) listener()
}
