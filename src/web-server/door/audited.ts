// What people change here is written down: who, by which route, of what, and whether it was done.
import type { FastifyInstance } from 'fastify'
import { classify } from '../../std/errors.ts'
import type { WebContext } from '../context.ts'
import { writeAudit } from '../../postgres/audit.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What a route adds to its line of the audit. */
    audited: object | null
  }
}

export function auditChanges(app: FastifyInstance, context: WebContext): void {
  app.decorateRequest('audited', null)
  app.addHook('onResponse', async (request, reply) => {
    const { method, session, routeOptions, params, audited } = request
    const { access } = routeOptions.config
    const isChange = method !== 'GET' && method !== 'HEAD'
    if (!session || !isChange || (access !== 'operator' && access !== 'admin')) return
    await writeAudit(context.pool, {
      place: 'web',
      person: session.name,
      action: `${method} ${routeOptions.url}`,
      detail: { ...(params as object), ...audited },
      status: reply.statusCode,
    }).catch((error: unknown) => {
      context.log.error({ err: classify(error) }, 'a change could not be written to the audit')
    })
  })
}
