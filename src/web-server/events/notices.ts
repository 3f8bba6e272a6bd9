// What changes, told to every browser that watches: several notices of one subject are one, and
// whoever was away is told what it missed, or to look for itself. Which service is not heard, and
// since when, is told to whoever comes.
import { createEventLog, type EventLog } from '../../std/event-log.ts'
import type { Silence } from '../shapes.ts'

export interface Notices {
  log: EventLog
  /** Tells soon. Of one topic and id the last counts, with what is told beside. */
  tell(topic: string, id?: string, more?: object): void
  /** That a service is not heard, or again. */
  silent(service: string, silence: Silence | undefined): void
}

const togetherMs = 250

export function createNotices(): Notices {
  const silences = new Map<string, Silence>()
  const standing = () => JSON.stringify({ silences: [...silences.values()] })
  const log = createEventLog(undefined, standing)
  const waiting = new Map<string, { topic: string; data: object }>()
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    timer = undefined
    for (const { topic, data } of waiting.values()) log.push(topic, JSON.stringify(data))
    waiting.clear()
  }
  return {
    log,
    tell: (topic, id, more) => {
      const data = { ...(id === undefined ? {} : { id }), ...more }
      waiting.set(`${topic} ${id}`, { topic, data })
      timer ??= setTimeout(flush, togetherMs).unref()
    },
    silent: (service, silence) => {
      const before = silences.get(service)
      if (before?.message === silence?.message && before?.since === silence?.since) return
      if (silence) silences.set(service, silence)
      else silences.delete(service)
      log.push('silences', standing())
    },
  }
}
