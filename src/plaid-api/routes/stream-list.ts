// `GET /<stream>`: what is living of every stream but transactions, by filters and keyset pages.
// Items have a list of their own (items.ts), which tells more of them than a row does.
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { type Static, type TSchema, Type } from '../../std/type.ts'
import { catalog } from '../../catalog/catalog.ts'
import type { Stream } from '../../catalog/stream.ts'
import { ConfigError } from '../../std/errors.ts'
import { type Db, until } from '../../postgres/query.ts'
import type { ServiceContext } from '../context.ts'
import { decodeCursor, encodeCursor, invalidCursor, listOf } from '../cursor.ts'
import { Account, rowsPageOf, streamRowOf } from '../store/shapes.ts'
import { countRows, findRow, rowsEdge, rowsPiece, type RowsRange } from '../store/stream-row.ts'
import { callerLeft } from './caller.ts'
import { asJson, asLines, NDJSON, oneAhead, pieceRows, wantsLines } from './rows.ts'
import { day, failures, limit, oneOrMore, rowsAnswer, text } from './schema.ts'

const elsewhere = new Set(['transactions', 'items'])
const rowsDefault = 100

interface ListQuery {
  item_id?: string[]
  account_id?: string[]
  search?: string
  start_date?: string
  end_date?: string
  cursor?: string
  limit?: number
}

export function streamListRoutes(app: FastifyInstance, context: ServiceContext): void {
  for (const stream of catalog) {
    if (!elsewhere.has(stream.name)) listRoute(app, context, stream)
  }
  accountRoute(app, context)
}

const headers = {
  'x-next-cursor': 'The next page’s `cursor`.',
  'x-has-more': '`true` or `false`.',
}

/** By what the stream's rows have. */
function queryOf({ name, schema, day: dayField }: Stream) {
  const has = (field: string) => Object.hasOwn(schema.properties, field)
  const filters: Record<string, TSchema> = {}
  if (has('item_id')) filters['item_id'] = Type.Optional(oneOrMore)
  if (has('account_id')) filters['account_id'] = Type.Optional(oneOrMore)
  if (name === 'accounts') {
    const description = 'Stands in its name, its mask, its id or its bank’s name.'
    filters['search'] = Type.Optional({ ...text, description })
  }
  if (dayField !== undefined) Object.assign(filters, { start_date: day, end_date: day })
  return Type.Object(
    { ...filters, cursor: Type.Optional(text), limit },
    { additionalProperties: false },
  )
}

function listRoute(app: FastifyInstance, context: ServiceContext, stream: Stream): void {
  const { name, doc } = stream
  const schema = {
    summary: `The rows of ${name} that are living`,
    description: `${doc} In the order of their ids. Follow next_cursor while has_more.`,
    querystring: queryOf(stream),
    response: { 200: rowsAnswer(rowsPageOf(stream), streamRowOf(stream), headers) },
  }
  app.get<{ Querystring: ListQuery }>(`/${name}`, { schema }, async (request, reply) => {
    const { cursor, limit: rowsMax = rowsDefault, ...filter } = request.query
    const wanted: Omit<RowsRange, 'after'> = {
      stream: name,
      itemIds: filter.item_id ?? null,
      accountIds: filter.account_id ?? null,
      search: filter.search ?? null,
      startDate: filter.start_date ?? null,
      endDate: filter.end_date ?? null,
    }
    const list = listOf(wanted)
    const range: RowsRange = { ...wanted, after: cursor === undefined ? '' : afterOf(cursor, list) }
    const lines = wantsLines(request)
    const left = callerLeft(reply)
    const pool = lines ? context.feedReaders : context.readers
    const ask = <T>(work: (db: Db) => Promise<T>) => until(pool, left, work, { rests: !lines })
    const { edge, total } = await ask(async (db) => ({
      edge: await rowsEdge(db, range, rowsMax),
      total: lines ? 0 : await countRows(db, range),
    }))
    const { more, last } = edge
    const next = encodeCursor({ list, after: last ?? range.after })
    reply.header('x-next-cursor', next).header('x-has-more', String(more))
    const to = { last: last ?? range.after, limit: pieceRows, delimiter: lines ? '\n' : ',' }
    const rows = textsOf(range, to.delimiter, (from) => ask((db) => rowsPiece(db, from, to)))
    if (lines) return reply.type(NDJSON).send(Readable.from(asLines(rows), oneAhead))
    const rest = { total_count: total, has_more: more, next_cursor: more ? next : null }
    const json = asJson(name, rows, () => rest)
    return reply.type('application/json').send(Readable.from(json, oneAhead))
  })
}

/** A cursor goes on in the list that it came from, not in another's ids. */
function afterOf(cursor: string, list: string): string {
  const found = decodeCursor(cursor, ['list', 'after'])
  if (found.list !== list || found.after === null) throw invalidCursor()
  return found.after
}

async function* textsOf(
  range: RowsRange,
  delimiter: string,
  next: (range: RowsRange) => ReturnType<typeof rowsPiece>,
): AsyncGenerator<string> {
  let between = ''
  for (let { after } = range; ;) {
    const piece = await next({ ...range, after })
    if (!piece) return
    yield between + piece.text
    between = delimiter
    after = piece.last
  }
}

const accountId = Type.Object({ account_id: text })

function accountRoute(app: FastifyInstance, context: ServiceContext): void {
  const schema = {
    summary: 'One account, also a closed one',
    params: accountId,
    response: { 200: Account, ...failures(404) },
  }
  app.get<{ Params: Static<typeof accountId> }>(
    '/accounts/:account_id',
    { schema },
    async ({ params }, reply) => {
      const found = await until(context.readers, callerLeft(reply), (db) =>
        findRow(db, 'accounts', params.account_id),
      )
      if (found) return reply.type('application/json').send(found.text)
      const sentence = 'the store has no such account'
      throw new ConfigError('ACCOUNT_UNKNOWN', sentence, { status: 404 })
    },
  )
}
