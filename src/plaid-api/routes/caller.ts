// Whoever asks may leave: a browser's tab is closed, a client's own time-out is over. Then nobody
// works on for them (L9).
import type { FastifyReply } from 'fastify'
import { TransientError } from '../../std/errors.ts'

/** What web servers note for a request whose caller went away. */
const CLIENT_CLOSED_REQUEST = 499

/** Fires when the connection is closed before the answer was sent. */
export function callerLeft({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController()
  raw.once('close', () => {
    if (raw.writableFinished) return
    const reason = 'the caller left before the answer was there'
    left.abort(new TransientError('CALLER_LEFT', reason, { status: CLIENT_CLOSED_REQUEST }))
  })
  return left.signal
}
