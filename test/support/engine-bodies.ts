// The bodies that the engine's endpoints take, as their schemas say: the routes are told to an app
// that only remembers them.
import type { FastifyInstance } from 'fastify'
import { actorRoutes } from '../../src/engine/api/actors.ts'
import { attemptLogRoutes } from '../../src/engine/api/attempt-logs.ts'
import { tokenRoutes } from '../../src/engine/api/auth.ts'
import { checkRoutes } from '../../src/engine/api/config-checks.ts'
import { configConnectionRoutes } from '../../src/engine/api/config-connections.ts'
import { configJobRoutes } from '../../src/engine/api/config-jobs.ts'
import { catalogRoutes } from '../../src/engine/api/connection-catalog.ts'
import { connectionRoutes } from '../../src/engine/api/connections.ts'
import type { ApiContext } from '../../src/engine/api/context.ts'
import { cronRoutes } from '../../src/engine/api/cron.ts'
import { jobStripRoutes } from '../../src/engine/api/job-strips.ts'
import { jobRoutes } from '../../src/engine/api/jobs.ts'
import { newsRoutes } from '../../src/engine/api/news.ts'
import { specificationRoutes } from '../../src/engine/api/specifications.ts'
import { definitionRoutes, streamRoutes } from '../../src/engine/api/streams.ts'
import { sharedTableRoutes } from '../../src/engine/api/shared-tables.ts'
import { webBackendRoutes } from '../../src/engine/api/web-backend.ts'
import { workspaceRoutes } from '../../src/engine/api/workspaces.ts'
import { newSealingKeyText, sealingKey } from '../../src/std/secrets.ts'

export interface Schema {
  type?: string
  format?: string
  enum?: unknown[]
  const?: unknown
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: unknown
}

export interface Body {
  method: string
  /** As the client asks. */
  path: string
  schema: Schema
}

export function bodies(): Body[] {
  const found: Body[] = []
  const context = { sealingKey: sealingKey(newSealingKeyText()) } as ApiContext
  const register = (prefix: string, add: (app: FastifyInstance) => void) => {
    const verb = (method: string) => (path: string, options: { schema?: { body?: Schema } }) => {
      const schema = options.schema?.body
      if (schema) found.push({ method, path: prefix + path, schema })
    }
    const app = {
      get: verb('GET'),
      post: verb('POST'),
      patch: verb('PATCH'),
      put: verb('PUT'),
      delete: verb('DELETE'),
    }
    add(app as unknown as FastifyInstance)
  }
  register('', (app) => tokenRoutes(app, context))
  register('/api/public/v1', (app) => {
    workspaceRoutes(app, context)
    actorRoutes(app, context, 'source')
    actorRoutes(app, context, 'destination')
    connectionRoutes(app, context)
    jobRoutes(app, context)
    streamRoutes(app, context)
    definitionRoutes(app, context)
  })
  register('/api/v1', (app) => {
    configJobRoutes(app, context)
    jobStripRoutes(app, context)
    configConnectionRoutes(app, context)
    newsRoutes(app, context)
    checkRoutes(app, context)
    specificationRoutes(app, context)
    webBackendRoutes(app, context)
    sharedTableRoutes(app, context)
    catalogRoutes(app, context)
    cronRoutes(app, context)
    attemptLogRoutes(app, context)
  })
  return found
}

/** A body that is wrong in nothing but what is added to it. */
export function sampleOf(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.type === 'array') return []
  if (schema.type === 'integer') return 1
  if (schema.type === 'string') {
    return schema.format === 'uuid' ? '99999999-9999-4999-8999-999999999999' : 'x'
  }
  const fields = (schema.required ?? []).map((name): [string, unknown] => [
    name,
    sampleOf(schema.properties?.[name] ?? {}),
  ])
  return Object.fromEntries(fields)
}
