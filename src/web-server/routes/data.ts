// The warehouse in the browser: its tables, their rows, and questions in SQL. Nothing here writes.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { catalog } from '../../catalog/catalog.ts'
import { until } from '../../postgres/query.ts'
import { monotonicMs } from '../../std/clock.ts'
import { ConfigError } from '../../std/errors.ts'
import type { WebContext } from '../context.ts'
import { sessionOfRequest, tooMany } from '../door/door.ts'
import { asAsked, requireQuery } from '../query.ts'
import { explain, readPlan, readRows, rowsMax } from '../store/reading.ts'
import { rowsPage } from '../store/rows-page.ts'
import { describeTable, listTables, type Table } from '../store/tables.ts'
import type { Handlers } from './route.ts'

const strict = { additionalProperties: false }
const Name = Type.String({ minLength: 1, maxLength: 200 })
const TableParams = Type.Object({ schema: Name, table: Name })
const Text = Type.String({ maxLength: 10_000 })
const RowsQuery = Type.Object(
  {
    filter: Type.Optional(Type.Union([Text, Type.Array(Text)])),
    sort: Type.Optional(Name),
    after: Type.Optional(Text),
    limit: Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
  },
  strict,
)
const Sql = Type.Object(
  {
    query: Type.String({ minLength: 1, maxLength: 100_000 }),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: rowsMax })),
  },
  strict,
)

const pageRows = 100
const atOnceMax = 2
const auditedCharsMax = 2_000
const retryMs = 1_000

export function dataRoutes(context: WebContext) {
  return { ...tableRoutes(context), ...sqlRoutes(context) } satisfies Handlers
}

function tableRoutes({ warehouse, readerRole }: WebContext) {
  return {
    'GET /web/tables': {
      handler: async (_request, reply) => {
        const tables = await until(await warehouse.pool(), left(reply), listTables)
        return { tables, reader: readerRole }
      },
    },
    'GET /web/tables/:schema/:table': {
      schema: { params: TableParams },
      handler: async (request, reply) => {
        const { schema, table: name } = request.params as Static<typeof TableParams>
        const { oid: _, kind, columns, ...rest } = await tableOf(request, reply)
        const docs = docsOf(schema, name)
        return {
          schema,
          name,
          kind: kind === 'v' || kind === 'm' ? 'view' : 'table',
          ...rest,
          columns: columns.map((one) => ({
            ...one,
            doc: one.comment ?? docs.get(one.name) ?? null,
          })),
        }
      },
    },
    'GET /web/tables/:schema/:table/rows': {
      schema: { params: TableParams, querystring: RowsQuery },
      handler: async (request, reply) => {
        const { schema, table: name } = request.params as Static<typeof TableParams>
        const query = request.query as Static<typeof RowsQuery>
        const limit = Math.min(Math.max(1, Number(query.limit ?? pageRows)), rowsMax - 1)
        const { filter = [], sort, after } = query
        const asked = { schema, name, filters: [filter].flat(), sort, after, limit }
        const table = await tableOf(request, reply)
        const page = rowsPage(table, asked)
        const pool = await warehouse.pool()
        const read = await readRows(pool, left(reply), page.statement, limit + 1).catch(
          (error: unknown) => asAsked(error),
        )
        const rows = read.rows.slice(0, limit)
        const width = read.columns.length - page.keys
        const last = rows.at(-1)
        return {
          columns: read.columns.slice(0, width),
          rows: rows.map((row) => row.slice(0, width)),
          // as of before they were read: what comes meanwhile is told, and may be here already
          written: table.written,
          next:
            read.rows.length > limit && last ? page.cursorOf(last.slice(width), rows.length) : null,
        }
      },
    },
  } satisfies Handlers

  async function tableOf(request: FastifyRequest, reply: FastifyReply): Promise<Table> {
    const { schema, table } = request.params as Static<typeof TableParams>
    const pool = await warehouse.pool()
    const found = await until(pool, left(reply), (db) => describeTable(db, schema, table))
    if (found) return found
    throw new ConfigError('NOT_FOUND', 'the warehouse has no such table', { status: 404 })
  }
}

function sqlRoutes({ warehouse, sql }: WebContext) {
  const running = new Map<string, Set<AbortController>>()

  const ask = async <T>(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (signal: AbortSignal, query: string) => Promise<T>,
    before = '',
  ): Promise<T> => {
    if (!sql) {
      const sentence = 'SQL is switched off here: TARTAN_WEB_SQL'
      throw new ConfigError('SQL_OFF', sentence, { status: 403 })
    }
    const { query } = request.body as Static<typeof Sql>
    request.audited = { query: query.slice(0, auditedCharsMax) }
    const { id } = sessionOfRequest(request)
    const mine = running.get(id) ?? new Set()
    if (mine.size >= atOnceMax) {
      throw tooMany(retryMs, `${atOnceMax} queries of yours run already: cancel one`)
    }
    const cancelled = new AbortController()
    running.set(id, mine.add(cancelled))
    try {
      const signal = AbortSignal.any([left(reply), cancelled.signal])
      return await work(signal, requireQuery(query)).catch((error: unknown) =>
        asAsked(error, before.length),
      )
    } finally {
      mine.delete(cancelled)
      if (mine.size === 0) running.delete(id)
    }
  }

  return {
    'POST /web/sql': {
      schema: { body: Sql },
      handler: (request, reply) =>
        ask(request, reply, async (signal, text) => {
          const { limit } = request.body as Static<typeof Sql>
          const began = monotonicMs()
          const read = await readRows(await warehouse.pool(), signal, { text, values: [] }, limit)
          return { ...read, seconds: Math.round(monotonicMs() - began) / 1000 }
        }),
    },
    'POST /web/sql/explain': {
      schema: { body: Sql },
      handler: (request, reply) =>
        ask(
          request,
          reply,
          async (signal, text) => ({
            plan: await readPlan(await warehouse.pool(), signal, text),
          }),
          explain,
        ),
    },
    'POST /web/sql/cancel': {
      handler: async (request) => {
        const mine = [...(running.get(sessionOfRequest(request).id) ?? [])]
        const reason = new ConfigError('QUERY_CANCELLED', 'it was cancelled', { status: 409 })
        for (const one of mine) one.abort(reason)
        return { cancelled: mine.length }
      },
    },
  } satisfies Handlers
}

/** Fires when the caller has gone before the answer. */
function left(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}

/** What the catalog says of a stream's fields, where the table is a stream's. */
function docsOf(schema: string, name: string): Map<string, string> {
  const stream = schema === 'airbyte_plaid' && catalog.find((one) => one.name === name)
  if (!stream) return new Map()
  return new Map(
    Object.entries(stream.schema.properties).flatMap(([field, of]) =>
      'description' in of && typeof of.description === 'string' ? [[field, of.description]] : [],
    ),
  )
}
