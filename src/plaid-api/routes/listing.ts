// `GET /transactions`: what is living, for people. Every other stream's list is in stream-list.ts.
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { ConfigError } from '../../std/errors.ts'
import { type Db, until } from '../../postgres/query.ts'
import type { ServiceContext } from '../context.ts'
import { checkStamp, decodeCursor, encodeCursor, invalidCursor, isDay, listOf } from '../cursor.ts'
import {
  countedMax,
  listedRows,
  listPlaces,
  type Place,
  type Total,
  type TransactionFilter,
} from '../store/listing.ts'
import { findTransaction } from '../store/transaction.ts'
import { callerLeft } from './caller.ts'
import { asJson, oneAhead, pieceRows } from './rows.ts'
import { HeldTransaction, TransactionsPage } from '../store/shapes.ts'
import { day, failures, limit, oneOrMore, text } from './schema.ts'

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
    order: Type.Optional(Type.Enum(['asc', 'desc'], { description: 'By date.' })),
    cursor: Type.Optional(text),
    limit,
  },
  { additionalProperties: false },
)

const transactionId = Type.Object({ transaction_id: text })

const rowsDefault = 100

export function listingRoutes(app: FastifyInstance, context: ServiceContext): void {
  transactionRoute(app, context)

  app.get<{ Params: Static<typeof transactionId>; Reply: HeldTransaction }>(
    '/transactions/:transaction_id',
    {
      schema: {
        summary:
          'One transaction with its stamp, also where it is gone; `row` as the feed gives it',
        params: transactionId,
        response: { 200: HeldTransaction, ...failures(404) },
      },
    },
    async ({ params }, reply) => {
      const found = await until(context.readers, callerLeft(reply), (db) =>
        findTransaction(db, params.transaction_id),
      )
      if (found) return found
      const sentence = 'the store has no such transaction'
      throw new ConfigError('TRANSACTION_UNKNOWN', sentence, { status: 404 })
    },
  )
}

function transactionRoute(app: FastifyInstance, context: ServiceContext): void {
  app.get<{ Querystring: Static<typeof transactionQuery> }>(
    '/transactions',
    {
      schema: {
        summary: 'Living transactions, newest first',
        description:
          'By day, and within a day by when the store first had them. Amounts are in the ' +
          'account’s currency; a positive one is money out. total_count is exact without a ' +
          'filter, and for Items and accounts alone; with others it is counted up to ' +
          `${countedMax} at most, and total_is_exact says whether there are more. A search looks ` +
          'through name and merchant, together their first 300 characters. Follow next_cursor ' +
          'while has_more, with the same filter.',
        querystring: transactionQuery,
        response: { 200: TransactionsPage },
      },
    },
    async (request, reply) => {
      const { order = 'desc', limit: rowsMax = rowsDefault } = request.query
      const filter = filterOf(request.query)
      // A cursor goes on in the list that it came from, not in another.
      const list = listOf([order, filter])
      const { after, total: told } = positionOf(request.query.cursor, list)
      const left = callerLeft(reply)
      const ask = <T>(work: (db: Db) => Promise<T>) =>
        until(context.readers, left, work, { rests: true })
      const { places, more, total } = await ask((db) =>
        listPlaces(db, { filter, order, after, limit: rowsMax }, told),
      )
      const last = places.at(-1)
      const next = { list, ...last, total: totalText(total) }
      const rest = {
        total_count: total.count,
        total_is_exact: total.exact,
        has_more: more,
        next_cursor: more ? encodeCursor(next) : null,
      }
      const rows = transactionTexts(places, (places) => ask((db) => listedRows(db, places)))
      const json = asJson('transactions', rows, () => rest)
      return reply.type('application/json').send(Readable.from(json, oneAhead))
    },
  )
}

async function* transactionTexts(
  places: Place[],
  rowsAt: (places: Place[]) => Promise<string | null>,
): AsyncGenerator<string> {
  let between = ''
  for (let from = 0; from < places.length; from += pieceRows) {
    const text = await rowsAt(places.slice(from, from + pieceRows))
    if (text === null) continue // each of them changed meanwhile
    yield between + text
    between = ','
  }
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

interface Position {
  after: Place | null
  /** Undefined on the first page. */
  total: Total | undefined
}

function positionOf(cursor: string | undefined, list: string): Position {
  if (cursor === undefined) return { after: null, total: undefined }
  const found = decodeCursor(cursor, ['list', 'day', 'at', 'total'])
  const { day, at, total } = found
  if (found.list !== list || day === null || at === null) throw invalidCursor()
  if (!isDay(day) && day !== 'infinity') throw invalidCursor()
  const [, count, more] = TOTAL.exec(total ?? '') ?? []
  if (count === undefined) throw invalidCursor()
  const known = { count: Number(count), exact: more === '' }
  return { after: { day, at: checkStamp(at, 'cursor') }, total: known }
}

/** `10000+`: there are more than were counted. */
const TOTAL = /^(\d{1,12})(\+?)$/

function totalText({ count, exact }: Total): string {
  return exact ? String(count) : `${count}+`
}
