// The feed over HTTP (L2): `GET /<stream>/incremental`, one order for all of them. A page is made
// whole before its first byte leaves: as JSON, or as one row a line with cursor and has_more in
// headers.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { catalog } from '../../catalog/catalog.ts'
import type { Stream } from '../../catalog/stream.ts'
import { type Db, until } from '../../postgres/query.ts'
import { ConfigError } from '../../std/errors.ts'
import type { ServiceContext } from '../context.ts'
import { checkStamp, decodeCursor, encodeCursor, invalidCursor } from '../cursor.ts'
import { type Around, FeedRows } from '../feed-page.ts'
import { PageBuffers } from '../page-buffer.ts'
import { copyFeed, type FeedClock, feedClock, isInGap } from '../store/feed.ts'
import { callerLeft } from './caller.ts'
import { NDJSON, wantsLines } from './rows.ts'
import { failures, limit, rowsAnswer, textMax } from './schema.ts'
import { feedPageOf, feedRowOf } from '../store/shapes.ts'

const query = Type.Object(
  {
    updated_since: Type.Optional(
      Type.String({
        maxLength: textMax,
        description: 'Exclusive; absent or empty: from the beginning.',
      }),
    ),
    epoch: Type.Optional(
      Type.String({ maxLength: textMax, description: 'The feed that updated_since is of.' }),
    ),
    cursor: Type.Optional(
      Type.String({ maxLength: textMax, description: 'From the page before.' }),
    ),
    include_deleted: Type.Optional(Type.Boolean({ description: 'Tombstones too; default true.' })),
    limit,
  },
  { additionalProperties: false },
)

const headers = {
  'x-next-cursor': 'The page’s next_cursor.',
  'x-has-more': 'Its has_more, `true` or `false`.',
  'x-feed-epoch': 'Its epoch.',
  'x-feed-position': 'Its position.',
  'x-wrapped-rows': 'How many rows there are, where each has something around it.',
}

const wrap = Type.Optional(
  Type.String({
    maxLength: textMax,
    pattern: '^[ -~]*$',
    description:
      'Put around each row of NDJSON, as it is; x-wrapped-rows then says how many rows there are.',
  }),
)
const wrapping = Type.Object({ 'x-row-prefix': wrap, 'x-row-suffix': wrap })

interface Position {
  after: string
  /** The bound of this reading; null: the head of now. */
  head: string | null
  /**
   * For a reading that began at the beginning: what was pruned by then, which it never needs, so
   * that it may pass the places before it.
   */
  pruned: string | null
}

const BEGINNING = '0001-01-01T00:00:00Z'
const ndjsonRows = 5_000
const jsonRows = 100
const JSON_BETWEEN = ','

export function feedRoutes(app: FastifyInstance, context: ServiceContext): void {
  const pages = new PageBuffers()
  for (const stream of catalog) feedRoute(app, context, stream, pages)
}

function schemaOf(stream: Stream) {
  return {
    summary: `The change feed of ${stream.name}: rows in commit order, tombstones included`,
    description:
      'A page has at most `limit` rows, fewer where they are long. ' +
      'Follow next_cursor (always there), or pass the last position as updated_since with epoch. ' +
      '410: the store was rebuilt or restored, or the position is older than the tombstones ' +
      'that are kept. Without epoch, updated_since is a time rather than a position.',
    querystring: query,
    response: {
      200: rowsAnswer(feedPageOf(stream), feedRowOf(stream), headers),
      ...failures(410),
    },
    headers: wrapping,
  }
}

function feedRoute(
  app: FastifyInstance,
  context: ServiceContext,
  stream: Stream,
  pages: PageBuffers,
): void {
  const begin = Buffer.from(`{"${stream.name}":[`)
  app.get<{ Querystring: Static<typeof query>; Headers: Static<typeof wrapping> }>(
    `/${stream.name}/incremental`,
    { schema: schemaOf(stream) },
    async (request, reply) => {
      const lines = wantsLines(request)
      const rowsMax = request.query.limit ?? (lines ? ndjsonRows : jsonRows)
      const page = pages.take(reply.raw)
      const around = aroundOf(request.headers)
      const form = lines
        ? { before: around?.before ?? '', behind: `${around?.behind ?? ''}\n` }
        : { before: '', behind: JSON_BETWEEN }
      if (!lines) page.add(begin)
      const rows = new FeedRows(page, form)
      const { clock, position, head } = await until(
        context.feedReaders,
        callerLeft(reply),
        async (db) => {
          const start = await startOf(db, request.query)
          const limits = { rowsMax, bytesMax: page.bytesMax }
          const includeDeleted = request.query.include_deleted ?? true
          const { after } = start.position
          const range = { stream: stream.name, after, head: start.head, includeDeleted }
          await copyFeed(db, range, limits, rows.take)
          return start
        },
      )
      const isFull = rows.rows === rowsMax || rows.bytes >= page.bytesMax
      const hasMore = isFull && rows.last !== head
      const reached = hasMore ? (rows.last ?? head) : head
      const next = encodeCursor({
        epoch: clock.epoch,
        after: reached,
        head: hasMore ? head : null,
        pruned: position.pruned,
      })
      reply.header('x-next-cursor', next)
      reply.header('x-has-more', String(hasMore))
      reply.header('x-feed-epoch', clock.epoch)
      reply.header('x-feed-position', reached)
      if (lines && around) reply.header('x-wrapped-rows', String(rows.rows))
      if (lines) return reply.type(NDJSON).send(page.content())
      if (rows.rows > 0) page.cut(JSON_BETWEEN.length)
      const rest = { next_cursor: next, has_more: hasMore, epoch: clock.epoch, position: reached }
      page.add(Buffer.from(`],${JSON.stringify({ ...rest, head }).slice(1)}`))
      return reply.type('application/json').send(page.content())
    },
  )
}

/** What a reader wants around each line, who then need not touch a row. */
function aroundOf(headers: Static<typeof wrapping>): Around | undefined {
  const { 'x-row-prefix': before, 'x-row-suffix': behind } = headers
  return before === undefined && behind === undefined
    ? undefined
    : { before: before ?? '', behind: behind ?? '' }
}

interface Start {
  clock: FeedClock
  position: Position
  /** The bound of this reading. */
  head: string
}

async function startOf(db: Db, asked: Static<typeof query>): Promise<Start> {
  const clock = await feedClock(db)
  const position = positionOf(asked, clock)
  await refuseLost(db, asked, position, clock)
  return { clock, position, head: position.head ?? clock.head }
}

function positionOf(asked: Static<typeof query>, clock: FeedClock): Position {
  const cursor = asked.cursor === undefined ? undefined : cursorOf(asked.cursor)
  const epoch = cursor?.epoch ?? asked.epoch
  if (epoch !== undefined && epoch !== clock.epoch) {
    throw gone('FEED_EPOCH_CHANGED', 'the store was rebuilt: read the feed from the beginning')
  }
  const since = asked.updated_since ?? ''
  if (cursor === undefined && since === '') {
    return { after: BEGINNING, head: null, pruned: clock.pruned_before }
  }
  const { after, head, pruned } = cursor ?? sinceOf(since)
  const kept = clock.pruned_before
  if (kept !== null && kept !== pruned && after < kept) {
    throw gone(
      'FEED_POSITION_EXPIRED',
      'tombstones after this position are gone: read the feed from the beginning',
    )
  }
  return { after, head, pruned }
}

/**
 * A position that this store never gave is of one that lost commits since: a backup that was taken
 * back, a failover. With a cursor or an epoch it is a position; alone it is somebody's time, which
 * may well lie where nothing happened, but not in the future.
 */
async function refuseLost(
  db: Db,
  asked: Static<typeof query>,
  { after, head }: Position,
  clock: FeedClock,
): Promise<void> {
  const isPosition = asked.cursor !== undefined || asked.epoch !== undefined
  const furthest = head !== null && head > after ? head : after
  const bound = isPosition || clock.head > clock.now ? clock.head : clock.now
  const isLost =
    furthest > bound || (isPosition && after !== BEGINNING && (await isInGap(db, after)))
  if (!isLost) return
  throw gone(
    'FEED_POSITION_AHEAD',
    'this store never came to that position, so it lost what came before it (a backup that was ' +
      'restored, a failover): read the feed from the beginning',
  )
}

function sinceOf(text: string): Position {
  return { after: checkStamp(text, 'updated_since'), head: null, pruned: null }
}

interface CursorPosition extends Position {
  epoch: string
}

function cursorOf(text: string): CursorPosition {
  const { epoch, after, head, pruned } = decodeCursor(text, ['epoch', 'after', 'head', 'pruned'])
  if (epoch === null || after === null) throw invalidCursor()
  const checked = head === null ? null : checkStamp(head, 'cursor')
  return { epoch, after: checkStamp(after, 'cursor'), head: checked, pruned }
}

function gone(code: string, message: string): ConfigError {
  return new ConfigError(code, message, { status: 410 })
}
