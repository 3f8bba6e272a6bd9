// The OpenAPI document of the engine: Airbyte's API, as far as it is spoken here.
import type { FastifyInstance } from 'fastify'
import { Type } from '../../std/type.ts'
import { documented } from '../../std/openapi.ts'
import { Problem } from './shapes.ts'

/** Call it before the other routes are registered. */
export function openapiRoute(app: FastifyInstance): void {
  const document = documented(app, {
    info: {
      title: 'Tartan engine',
      version: '1',
      description:
        'Airbyte’s public API, under /api/public/v1 and under /v1, and what clients need of its ' +
        'Config API under /api/v1. Times that are numbers are seconds since the epoch. In a ' +
        'request null means that the field is not given, and a field that is not named here is ' +
        'refused. Every failure has the same shape; after 429 and 503 another try makes sense. ' +
        'Each operation’s security names the scope it needs of a client: `read`, `sync`, which ' +
        'may also start and end syncs, or `admin`.',
    },
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      basic: { type: 'http', scheme: 'basic' },
    },
    failure: Problem,
    failures: [400, 401, 431, 500, 503],
  })
  const schema = { summary: 'This document', response: { 200: Type.Object({}) } }
  app.get('/openapi.json', { schema }, document)
}
