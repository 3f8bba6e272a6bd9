// Shapes that several routes share, and `GET /schema*`: what the catalog says about each stream.
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { catalog } from '../../catalog/catalog.ts'
import { describeStream } from '../../catalog/stream.ts'

/** A longer parameter is nobody's id, date or cursor. */
export const textMax = 1_000

export const limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 5_000, description: 'Rows a page.' }),
)

export const text = Type.String({ minLength: 1, maxLength: textMax, pattern: '^[^\\u0000]*$' })

/** Plaid's client_user_id: whose Items are compared with each other. */
export const owner = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\u0000]*$',
  description: 'Whose it is, Plaid’s client_user_id: an id of yours, and no personal data.',
})

export const oneOrMore = Type.Array(text, { minItems: 1, maxItems: 500 })

export function schemaRoutes(app: FastifyInstance): void {
  const answer = catalog.map(describeStream)
  app.get('/schema', { schema: { summary: 'Every stream of the catalog' } }, () => ({
    streams: answer,
  }))
  for (const stream of catalog) {
    const schema = { summary: `The ${stream.name} stream: columns, key, cursor, deletion rule` }
    app.get(`/schema/${stream.name}`, { schema }, () => describeStream(stream))
  }
}
