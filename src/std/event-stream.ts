// A service's events over HTTP: Server-Sent Events, which every browser and `curl -N` reads. Who
// reads slowly is not waited for and fills no memory; who is cut off goes on from Last-Event-ID.
// After some minutes the answer ends, and whoever asks again is looked at again (L10).
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { TransientError } from './errors.ts'
import type { EventLog, LoggedEvent } from './event-log.ts'

export interface StreamLimits {
  /** Followers at one time. */
  streamsMax: number
  /** A line that says nothing: proxies close what is quiet, and followers leave what is frozen. */
  heartbeatMs: number
  streamMsMax: number
}

export const streamLimits: StreamLimits = {
  streamsMax: 200,
  heartbeatMs: 2_000,
  streamMsMax: 300_000,
}
/** Who takes nothing any more is cut off so long after the end. */
const lingerMs = 5_000

export type EventStreams = (
  request: FastifyRequest,
  reply: FastifyReply,
  /** Ends it before its time. */
  until?: AbortSignal,
) => FastifyReply

export function eventStreams(log: EventLog, limits: StreamLimits = streamLimits): EventStreams {
  let open = 0
  return (request, reply, until) => {
    if (log.isLost()) throw notNow('what changes cannot be heard at this moment; ask again')
    if (open >= limits.streamsMax) {
      throw notNow(`${limits.streamsMax} follow at one time; ask again`)
    }
    open += 1
    const left = new AbortController()
    let cut: NodeJS.Timeout | undefined
    const leave = () => {
      clearTimeout(end)
      cut ??= setTimeout(() => reply.raw.destroy(), lingerMs)
      left.abort()
    }
    const end = setTimeout(leave, limits.streamMsMax)
    reply.raw.once('close', () => {
      open -= 1
      until?.removeEventListener('abort', leave)
      leave()
      clearTimeout(cut)
    })
    if (until?.aborted) leave()
    else until?.addEventListener('abort', leave, { once: true })
    const asked = request.headers['last-event-id']
    const after = typeof asked === 'string' && asked !== '' ? asked : undefined
    const events = log.follow(left.signal, limits.heartbeatMs, after)
    return reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(Readable.from(linesOf(events), { objectMode: true, highWaterMark: 1 }))
  }
}

function notNow(sentence: string): TransientError {
  return new TransientError('BUSY', sentence, { retryAfterMs: 1_000 })
}

async function* linesOf(events: AsyncIterable<LoggedEvent | null>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event === null) yield ':\n\n'
    else yield `id: ${event.id}\nevent: ${event.type}\ndata: ${event.data}\n\n`
  }
}
