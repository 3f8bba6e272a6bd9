// What is known of an HTTP service's requests: each has a name, is counted by the route as it is
// written in the code (an address could be anything), and is logged for who looks closely.
import type { FastifyInstance } from 'fastify'
import type { Logger } from './log.ts'
import { count, observe } from './metrics.ts'
import { nameRequests } from './request-id.ts'

/** Call it before any other hook is added. */
export function watchRequests(app: FastifyInstance, log: Logger): void {
  nameRequests(app)
  app.addHook('onResponse', async ({ method, routeOptions, id }, reply) => {
    const route = routeOptions.url ?? 'none'
    const status = reply.statusCode
    count('tartan_http_requests_total', { method, route, status: String(status) })
    observe('tartan_http_request_duration_seconds', { method, route }, reply.elapsedTime / 1_000)
    log.debug({ request: id, method, route, status, ms: Math.round(reply.elapsedTime) }, 'answered')
  })
}
