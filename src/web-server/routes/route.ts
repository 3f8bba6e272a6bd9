// How a route of the table is registered: with its rule, and never without one.
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { own, type OwnRoute } from '../door/table.ts'

export interface Handled {
  schema?: FastifySchema
  // oxlint-disable-next-line typescript/no-explicit-any
  handler: (request: FastifyRequest<any>, reply: FastifyReply) => unknown
}

export type Handlers = Partial<Record<OwnRoute, Handled>>

/** All of them: the compiler sees that none is missing. */
export function register(app: FastifyInstance, handlers: Record<OwnRoute, Handled>): void {
  for (const [route, { schema, handler }] of Object.entries(handlers)) {
    const [method = '', url = ''] = route.split(' ')
    const access = own[route as OwnRoute]
    app.route({ method, url, config: { access }, handler, ...(schema ? { schema } : {}) })
  }
}
