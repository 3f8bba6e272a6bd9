// What of a request stands in the audit: a change by somebody who is known. The web server and the
// command line come with the installation's own credential and say for whom, which counts from
// nobody else; what the web server passes on, it has written down itself.
import type { FastifyInstance, FastifyRequest } from 'fastify'

export const byHeader = 'x-tartan-by'
/** The web server's own word. */
export const byWeb = 'web'

const personHeader = 'x-tartan-person'

/** Beside the web server's word: for which person it asks; a header has only Latin letters. */
export function passedPerson(name: string | undefined): Record<string, string> {
  return name === undefined ? {} : { [personHeader]: encodeURIComponent(name.toWellFormed()) }
}

export function personOf(headers: FastifyRequest['headers']): string | undefined {
  const given = headers[personHeader]
  return typeof given === 'string' ? decoded(given) : undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text).replaceAll('\0', '')
  } catch {
    return undefined
  }
}

export interface Caller {
  /** A key's or a client's. */
  name: string
  /** Whether it is the installation's own. */
  own: boolean
}

export interface Act {
  person: string
  /** The command line said for whom. */
  byCommand: boolean
  action: string
  detail: object
  status: number
}

/** Call it before the routes are registered. `write` takes care of its own failures. */
export function auditRoutes(
  app: FastifyInstance,
  callerOf: (request: FastifyRequest) => Caller | null,
  write: (act: Act) => Promise<void>,
): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions, params, headers } = request
    const { need } = routeOptions.config
    const caller = callerOf(request)
    const isChange = method !== 'GET' && method !== 'HEAD'
    if (!caller || !isChange || need === undefined || need === 'open' || need === 'read') return
    const by = caller.own ? headers[byHeader] : undefined
    if (by === byWeb) return
    await write({
      person: typeof by === 'string' ? by.slice(0, byCharsMax) : caller.name,
      byCommand: by !== undefined,
      action: `${method} ${routeOptions.url}`,
      detail: { ...(params as object) },
      status: reply.statusCode,
    })
  })
}

const byCharsMax = 200
