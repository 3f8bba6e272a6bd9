// Which answers go on, and for whom: each belongs to a session, ends with it, and a session has a
// few only (L9): the oldest ends for one more, since browsers hold those of pages that were left.
import type { ServerResponse } from 'node:http'
import type { Pool } from '../postgres/pool.ts'
import { sessionLives } from './store/session.ts'

export interface Streams {
  /** Of a session; the signal ends it. */
  add(sessionId: string, answer: ServerResponse): AbortSignal
  /** Whether somebody watches. */
  isAnybody(): boolean
  end(sessionId: string): void
  /** Ends those whose session is over. */
  sweep(pool: Pool): Promise<void>
}

/** One of a browser for what changes, and some logs beside. */
const perSessionMax = 5

export function createStreams(): Streams {
  const open = new Map<string, Set<AbortController>>()
  const end = (sessionId: string) => {
    for (const one of open.get(sessionId) ?? []) one.abort()
    open.delete(sessionId)
  }
  return {
    end,
    isAnybody: () => open.size > 0,
    add: (sessionId, answer) => {
      const mine = open.get(sessionId) ?? new Set()
      const [oldest] = mine
      if (oldest && mine.size >= perSessionMax) {
        mine.delete(oldest)
        oldest.abort()
      }
      const one = new AbortController()
      open.set(sessionId, mine.add(one))
      answer.once('close', () => {
        mine.delete(one)
        if (mine.size === 0 && open.get(sessionId) === mine) open.delete(sessionId)
      })
      return one.signal
    },
    sweep: async (pool) => {
      for (const sessionId of open.keys()) {
        if (!(await sessionLives(pool, sessionId))) end(sessionId)
      }
    },
  }
}
