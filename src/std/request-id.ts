// One request's name, from the door inwards: what the caller says in `x-request-id`, or one of
// ours. It is in the answer, in every line that is logged on its behalf, and in what is asked of
// another service for it, so that a complaint leads to Plaid's own request id in a log.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyInstance } from 'fastify'
import { uuid } from './ids.ts'

const requests = new AsyncLocalStorage<string>()
/** Long enough for any platform's; without anything that could break a line of a log. */
const ID = /^[\w.:/+=-]{1,100}$/

export function requestId(): string | undefined {
  return requests.getStore()
}

/** As headers for whatever is asked on the request's behalf. */
export function passedRequestId(): Record<string, string> {
  const id = requestId()
  return id === undefined ? {} : { 'x-request-id': id }
}

/** Call it before any other hook is added. */
export function nameRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const given = request.headers['x-request-id']
    request.id = typeof given === 'string' && ID.test(given) ? given : uuid()
    reply.header('x-request-id', request.id)
    requests.run(request.id, done)
  })
  // A body arrives by events of the socket, which know nothing of the request.
  app.addHook('preValidation', (request, _, done) => requests.run(request.id, done))
}
