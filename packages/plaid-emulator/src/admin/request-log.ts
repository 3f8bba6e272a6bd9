// The last requests, for the admin page: where they went, how they ended, how long they took. Never
// a token, a body or a query (L5).
import type { FastifyRequest } from 'fastify'
import { monotonicMs } from '../../../../src/std/clock.ts'
import type { WorldClock } from '../bank/clock.ts'

const requestsKeptMax = 200
const pathCharactersMax = 100

export interface LoggedRequest {
  request_id: string
  /** On the world's clock. */
  at: number
  path: string
  /** 0 where no answer was sent. */
  status: number
  item_id: string | null
  error_code: string | null
  ms: number
}

interface Note {
  itemId?: string
  errorCode?: string
}

export class RequestLog {
  readonly #clock: WorldClock
  readonly #notes = new WeakMap<FastifyRequest, Note>()
  readonly #kept: LoggedRequest[] = []

  constructor(clock: WorldClock) {
    this.#clock = clock
  }

  /** What is learnt of a request on its way. */
  note(request: FastifyRequest, more: Note): void {
    this.#notes.set(request, { ...this.#notes.get(request), ...more })
  }

  /** Call it when a request comes; what it returns, when its answer is out. */
  begin(request: FastifyRequest): (status: number) => void {
    const began = monotonicMs()
    return (status) => {
      // what the admin asks is not what an application asks
      if (/^\/emulator(\/|\?|$)/.test(request.url)) return
      const note = this.#notes.get(request)
      this.#kept.push({
        request_id: request.id,
        at: this.#clock.now(),
        path: pathOf(request),
        status,
        item_id: note?.itemId ?? null,
        error_code: note?.errorCode ?? null,
        ms: Math.round(monotonicMs() - began),
      })
      if (this.#kept.length > requestsKeptMax) this.#kept.shift()
    }
  }

  /** The latest first. */
  latest(): LoggedRequest[] {
    return this.#kept.toReversed()
  }
}

/** The route's own path: a token that stands in an address is not in it. */
function pathOf({ routeOptions, url }: FastifyRequest): string {
  if (routeOptions.url !== undefined) return routeOptions.url
  const path = (url.split('?', 1)[0] ?? '').slice(0, pathCharactersMax)
  return path.replaceAll(/(access|public|link)-[a-z]+-[0-9a-f-]+/g, '…')
}
