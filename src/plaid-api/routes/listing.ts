// `GET /accounts` and `GET /transactions`: what is living, for people and for full refreshes.
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { until } from '../../postgres/query.ts'
import type { ServiceContext } from '../context.ts'
import { decodeCursor, encodeCursor, invalidCursor, isDay } from '../cursor.ts'
import { accountPage, countAccounts } from '../store/account.ts'
import { countTransactions, listTransactions, type TransactionFilter } from '../store/listing.ts'
import { callerLeft } from './caller.ts'
import { wantsLines } from './feed.ts'
import { limit, oneOrMore, text } from './schema.ts'

const accountQuery = Type.Object(
  { item_id: Type.Optional(oneOrMore), cursor: Type.Optional(text), limit },
  { additionalProperties: false },
)

/** PostgreSQL has no year 0. */
const day = Type.Optional(
  Type.String({ format: 'date', pattern: '^(?!0000)', description: 'Inclusive.' }),
)
const amountMax = 1e15
const amount = Type.Optional(
  Type.Number({
    minimum: -amountMax,
    maximum: amountMax,
    description: 'Inclusive; positive is money out.',
  }),
)

const transactionQuery = Type.Object(
  {
    account_id: Type.Optional(oneOrMore),
    item_id: Type.Optional(oneOrMore),
    start_date: day,
    end_date: day,
    min_amount: amount,
    max_amount: amount,
    category: Type.Optional(text),
    pending: Type.Optional(Type.Boolean()),
    search: Type.Optional(text),
    order: Type.Optional(
      Type.Union([Type.Literal('asc'), Type.Literal('desc')], { description: 'By date.' }),
    ),
    cursor: Type.Optional(text),
    limit,
  },
  { additionalProperties: false },
)

const rowsDefault = 100

export function listingRoutes(app: FastifyInstance, context: ServiceContext): void {
  accountRoute(app, context)
  transactionRoute(app, context)
}

function accountRoute(app: FastifyInstance, context: ServiceContext): void {
  app.get<{ Querystring: Static<typeof accountQuery> }>(
    '/accounts',
    { schema: { summary: 'Linked accounts, closed ones too', querystring: accountQuery } },
    async (request, reply) => {
      const { item_id: itemIds = null, cursor, limit: rowsMax = rowsDefault } = request.query
      const after = cursor === undefined ? '' : (decodeCursor(cursor, ['after']).after ?? '')
      const lines = wantsLines(request)
      const asked = { after, limit: rowsMax, itemIds, delimiter: lines ? '\n' : ',' }
      const { page, total } = await until(context.readers, callerLeft(reply), async (db) => ({
        page: await accountPage(db, asked),
        total: lines ? 0 : await countAccounts(db, itemIds),
      }))
      const hasMore = page.more
      const next = encodeCursor({ after: page.last ?? after })
      reply.header('x-next-cursor', next).header('x-has-more', String(hasMore))
      if (lines) {
        return reply.type('application/x-ndjson').send(page.text === null ? '' : `${page.text}\n`)
      }
      const rest = { total_count: total, has_more: hasMore, next_cursor: hasMore ? next : null }
      return reply.type('application/json').send(joined('accounts', page.text, rest))
    },
  )
}

function transactionRoute(app: FastifyInstance, context: ServiceContext): void {
  app.get<{ Querystring: Static<typeof transactionQuery> }>(
    '/transactions',
    { schema: { summary: 'Living transactions, newest first', querystring: transactionQuery } },
    async (request, reply) => {
      const { order = 'desc', limit: rowsMax = rowsDefault } = request.query
      const filter = filterOf(request.query)
      // A cursor goes on in the list that it came from, not in another.
      const list = createHash('sha256')
        .update(JSON.stringify([order, filter]))
        .digest('base64url')
      const after = afterOf(request.query.cursor, list)
      const { page, total } = await until(context.readers, callerLeft(reply), async (db) => ({
        page: await listTransactions(db, { ...filter, order, after, limit: rowsMax }),
        total: await countTransactions(db, filter),
      }))
      const rest = {
        total_count: total,
        has_more: page.more,
        next_cursor: page.more
          ? encodeCursor({ list, date: page.last_date, id: page.last_id })
          : null,
      }
      return reply.type('application/json').send(joined('transactions', page.text, rest))
    },
  )
}

function filterOf(query: Static<typeof transactionQuery>): TransactionFilter {
  return {
    accountIds: query.account_id ?? null,
    itemIds: query.item_id ?? null,
    startDate: query.start_date ?? null,
    endDate: query.end_date ?? null,
    minAmount: query.min_amount ?? null,
    maxAmount: query.max_amount ?? null,
    category: query.category ?? null,
    pending: query.pending ?? null,
    search: query.search ?? null,
  }
}

function afterOf(cursor: string | undefined, list: string): { date: string; id: string } | null {
  if (cursor === undefined) return null
  const found = decodeCursor(cursor, ['list', 'date', 'id'])
  const { date, id } = found
  if (found.list !== list || date === null || id === null || !isDay(date)) throw invalidCursor()
  return { date, id }
}

/** The rows' own text with the rest behind it. */
function joined(name: string, rows: string | null, rest: object): string {
  return `{"${name}":[${rows ?? ''}],${JSON.stringify(rest).slice(1)}`
}
