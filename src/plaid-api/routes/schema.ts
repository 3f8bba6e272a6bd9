// Shapes that several routes share, and `GET /schema*`: what the catalog says about each stream.
import type { FastifyInstance } from 'fastify'
import { type TSchema, Type } from '../../std/type.ts'
import { catalog } from '../../catalog/catalog.ts'
import { describeStream } from '../../catalog/stream.ts'
import { failing } from '../../std/openapi.ts'
import { Failure } from '../shapes.ts'
import { StreamDescription, StreamList } from '../store/shapes.ts'
import { NDJSON } from './rows.ts'

/** A longer parameter is nobody's id, date or cursor. */
export const textMax = 1_000

export const limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 5_000, description: 'Rows a page.' }),
)

/** PostgreSQL has no year 0. */
export const day = Type.Optional(
  Type.String({ format: 'date', pattern: '^(?!0000)', description: 'Inclusive.' }),
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

/** The failures of a route beside those that every route may have. */
export function failures(...statuses: number[]): Record<number, TSchema> {
  return failing(Failure, statuses)
}

/** Rows as JSON, or one row a line; what stands beside them is in headers too. */
export function rowsAnswer(page: TSchema, row: TSchema, headers: Record<string, string>) {
  const told = Object.entries(headers).map(([name, description]): [string, object] => [
    name,
    { description, schema: { type: 'string' } },
  ])
  return {
    description: `As JSON; with \`Accept: ${NDJSON}\` one row a line.`,
    headers: Object.fromEntries(told),
    content: { 'application/json': { schema: page }, [NDJSON]: { schema: row } },
  }
}

export function schemaRoutes(app: FastifyInstance): void {
  const answer = catalog.map(describeStream)
  const every = { summary: 'Every stream of the catalog', response: { 200: StreamList } }
  app.get('/schema', { schema: every }, () => ({ streams: answer }))
  for (const stream of catalog) {
    const schema = {
      summary: `The ${stream.name} stream: columns, key, cursor, deletion rule`,
      response: { 200: StreamDescription },
    }
    app.get(`/schema/${stream.name}`, { schema }, () => describeStream(stream))
  }
}
