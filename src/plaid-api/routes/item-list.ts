// `GET /items` for whoever has many of them: searched, the worst or the next first, page by page;
// and how many stand how, so that nobody lists them all to count.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { until } from '../../postgres/query.ts'
import type { ServiceContext } from '../context.ts'
import { checkStamp, decodeCursor, encodeCursor, invalidCursor } from '../cursor.ts'
import { itemView } from '../item/view.ts'
import { type ItemRow, ItemsPage, itemStatuses, Standing } from '../shapes.ts'
import { Standings, standings } from '../shapes.ts'
import { countStandings, type ItemOrder, itemOrders, itemsPage } from '../store/items-page.ts'
import { callerLeft } from './caller.ts'
import { limit, owner, text } from './schema.ts'

const itemsQuery = Type.Object(
  {
    status: Type.Optional(Type.Enum([...itemStatuses])),
    standing: Type.Optional(Type.Array(Standing, { minItems: 1, maxItems: standings.length })),
    client_user_id: Type.Optional(owner),
    search: Type.Optional({
      ...text,
      description: 'Stands in its name, its id or its owner, in small or capital letters.',
    }),
    order: Type.Optional(
      Type.Enum(itemOrders, {
        description:
          'linked (the default): as they were linked. worst: those that need somebody first. ' +
          'next_pull: those that are pulled next, and no others.',
      }),
    ),
    cursor: Type.Optional(text),
    limit,
  },
  { additionalProperties: false },
)

const rowsDefault = 100

export function itemListRoutes(app: FastifyInstance, context: ServiceContext): void {
  app.get<{ Querystring: Static<typeof itemsQuery>; Reply: ItemsPage }>(
    '/items',
    {
      schema: {
        summary: 'Linked Items and how each is',
        description: 'Follow next_cursor while has_more; `advice` says what to do about an Item.',
        querystring: itemsQuery,
        response: { 200: ItemsPage },
      },
    },
    async ({ query }, reply) => {
      const { limit: rowsMax = rowsDefault, order = 'linked', status = null, search = null } = query
      const request = {
        status,
        standing: query.standing ?? null,
        owner: query.client_user_id ?? null,
        search,
        order,
        after: query.cursor === undefined ? null : positionOf(query.cursor, order),
        limit: rowsMax + 1,
      }
      const left = callerLeft(reply)
      const rows = await until(context.readers, left, (db) => itemsPage(db, request))
      const page = rows.slice(0, rowsMax)
      const last = page.at(-1)
      const hasMore = rows.length > rowsMax
      return {
        items: page.map(itemView),
        has_more: hasMore,
        next_cursor: hasMore && last ? encodeCursor(placeOf(last, order)) : null,
      }
    },
  )

  app.get<{ Reply: Standings }>(
    '/items/standings',
    { schema: { summary: 'How many Items stand how', response: { 200: Standings } } },
    (_, reply) => until(context.readers, callerLeft(reply), countStandings),
  )
}

/** Where a page ended, in each order. */
function placeOf(last: ItemRow, order: ItemOrder): Record<string, string | null> {
  const { created_at: linked, item_id: item, next_pull_at: next, standing } = last
  if (order === 'next_pull') return { next, item }
  return order === 'worst' ? { standing, linked, item } : { linked, item }
}

/** The values of the order's keys. */
function positionOf(cursor: string, order: ItemOrder): string[] {
  const fields: readonly Key[] = keysOf[order]
  const found = decodeCursor(cursor, fields)
  return fields.map((field) => {
    const value = found[field]
    if (value === null) throw invalidCursor()
    if (field === 'standing' && !standings.some((one) => one === value)) throw invalidCursor()
    return field === 'linked' || field === 'next' ? checkStamp(value, 'cursor') : value
  })
}

type Key = 'linked' | 'item' | 'standing' | 'next'

const keysOf = {
  linked: ['linked', 'item'],
  worst: ['standing', 'linked', 'item'],
  next_pull: ['next', 'item'],
} as const satisfies Record<ItemOrder, readonly Key[]>
