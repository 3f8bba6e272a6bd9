// What a credential may do, as levels: each holds those before it. `read` looks, `sync` also has
// things done that bring data (pulls, links, verifies, starts syncs), `admin` also changes, ends
// and erases. A service has one table that names every route with what it needs; the door and the
// OpenAPI document are made of it, and a route that it does not name is not offered (L10).
import type { FastifyInstance, RouteOptions } from 'fastify'
import { type TSchema, Type } from './type.ts'
import { assert } from './errors.ts'
import { failing } from './openapi.ts'

export const scopes = ['read', 'sync', 'admin'] as const

export type Scope = (typeof scopes)[number]

/** `own`: what the installation does for itself alone. */
export type Need = 'open' | Scope | 'own'

export const ScopeName = Type.Unsafe<Scope>({ type: 'string', enum: [...scopes] })

export function mayDo(scope: Scope, needed: Scope): boolean {
  return scopes.indexOf(scope) >= scopes.indexOf(needed)
}

export interface Scoped {
  /** `GET /items` and what it needs. */
  table: Readonly<Record<string, Need>>
  /** The names of the security schemes of the document. */
  schemes: readonly string[]
  failure: TSchema
}

declare module 'fastify' {
  interface FastifyContextConfig {
    need?: Need
  }
}

/** Call it before the routes are registered: each gets what it needs, and its document says so. */
export function scopeRoutes(app: FastifyInstance, { table, schemes, failure }: Scoped): void {
  app.addHook('onRoute', (route) => {
    const [method = ''] = [route.method].flat()
    const need = table[nameOf(method, route)]
    assert(need !== undefined, `${nameOf(method, route)} does not stand in the table of scopes`)
    route.config = { ...route.config, need }
    const refusals = need === 'open' ? [] : need === 'read' ? [429] : [403, 429]
    route.schema = {
      ...route.schema,
      security: need === 'open' ? [] : schemes.map((name) => ({ [name]: [need] })),
      response: { ...failing(failure, refusals), ...(route.schema?.response as object) },
    }
  })
}

function nameOf(method: string, { url }: RouteOptions): string {
  return `${method === 'HEAD' ? 'GET' : method} ${url}`
}
