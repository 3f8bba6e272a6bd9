// The OpenAPI document of plaid-api.
import type { FastifyInstance } from 'fastify'
import { Type } from '../../std/type.ts'
import { documented } from '../../std/openapi.ts'
import { Failure } from '../shapes.ts'

/** Call it before the routes are registered. */
export function openapiRoute(app: FastifyInstance): void {
  const document = documented(app, {
    info: {
      title: 'plaid-api',
      version: '1',
      description:
        'The linked banks’ data, stream by stream, as lists and in one ordered change feed. ' +
        'Times are UTC; amounts are in the account’s currency, and a positive one is money out. ' +
        'Every failure has the same shape, with a code for programs and a sentence for people; ' +
        'after 429 and 503 another try makes sense, where it says so after Retry-After seconds. ' +
        'Each operation’s security names the scope that it needs of a key: `read`, `sync`, which ' +
        'may also pull and link, `admin`, which may also end and erase; `own` is Tartan’s own ' +
        'key alone. In the emulated world reads from the same machine need no key.',
    },
    securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
    failure: Failure,
    failures: [400, 401, 431, 500, 503],
  })
  const schema = { summary: 'This document', response: { 200: Type.Object({}) } }
  app.get('/openapi.json', { schema }, document)
}
