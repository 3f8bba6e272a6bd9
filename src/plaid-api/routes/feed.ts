// The feed over HTTP (L2): `GET /transactions/incremental`. Rows are texts from the database,
// sent as they are: as JSON, or as one row a line with cursor and has_more in headers.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { type Db, until } from '../../postgres/query.ts'
import { ConfigError } from '../../std/errors.ts'
import type { ServiceContext } from '../context.ts'
import { checkStamp, decodeCursor, encodeCursor, invalidCursor } from '../cursor.ts'
import { type FeedClock, feedClock, feedEdge, feedTexts, isInGap } from '../store/feed.ts'
import { callerLeft } from './caller.ts'
import { limit, textMax } from './schema.ts'

const query = Type.Object(
  {
    updated_since: Type.Optional(
      Type.String({ maxLength: textMax, description: 'Exclusive; absent: from the beginning.' }),
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
const NDJSON = 'application/x-ndjson'
const ndjsonRows = 5_000
const jsonRows = 100
/** A slow reader makes us keep one text ready, not the sixteen of Node's default (L9). */
const oneAhead = { highWaterMark: 1 }

export function feedRoutes(app: FastifyInstance, context: ServiceContext): void {
  const schema = {
    summary: 'The change feed: rows in commit order, tombstones included',
    description:
      'Follow next_cursor (always there), or pass the last position as updated_since with epoch. ' +
      '410: the store was rebuilt or restored, or the position is older than the tombstones ' +
      'that are kept. Without epoch, updated_since is a time rather than a position.',
    querystring: query,
  }
  app.get<{ Querystring: Static<typeof query> }>(
    '/transactions/incremental',
    { schema },
    async (request, reply) => {
      const asked = request.query
      const left = callerLeft(reply)
      const clock = await until(context.feedReaders, left, feedClock)
      const position = positionOf(asked, clock)
      await until(context.feedReaders, left, (db) => refuseLost(db, asked, position, clock))
      const head = position.head ?? clock.head
      const lines = wantsLines(request)
      const rowsMax = asked.limit ?? (lines ? ndjsonRows : jsonRows)
      const range = { after: position.after, head, includeDeleted: asked.include_deleted ?? true }
      const edge = await until(context.feedReaders, left, (db) => feedEdge(db, range, rowsMax))
      const hasMore = edge.rows === rowsMax && edge.last !== head
      const reached = hasMore ? (edge.last ?? head) : head
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
      const rows = feedTexts(context.feedReaders, { ...range, head: reached }, lines ? '\n' : ',')
      if (lines) return reply.type(NDJSON).send(Readable.from(asLines(rows), oneAhead))
      const rest = { next_cursor: next, has_more: hasMore, epoch: clock.epoch, position: reached }
      const json = asJson(rows, { ...rest, head })
      return reply.type('application/json').send(Readable.from(json, oneAhead))
    },
  )
}

async function* asLines(rows: AsyncGenerator<string>): AsyncGenerator<string> {
  let any = false
  for await (const text of rows) {
    yield text
    any = true
  }
  if (any) yield '\n'
}

async function* asJson(rows: AsyncGenerator<string>, rest: object): AsyncGenerator<string> {
  yield '{"transactions":['
  yield* rows
  yield `],${JSON.stringify(rest).slice(1)}`
}

export function wantsLines(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').includes(NDJSON)
}

function positionOf(asked: Static<typeof query>, clock: FeedClock): Position {
  const cursor = asked.cursor === undefined ? undefined : cursorOf(asked.cursor)
  const epoch = cursor?.epoch ?? asked.epoch
  if (epoch !== undefined && epoch !== clock.epoch) {
    throw gone('FEED_EPOCH_CHANGED', 'the store was rebuilt: read the feed from the beginning')
  }
  if (cursor === undefined && asked.updated_since === undefined) {
    return { after: BEGINNING, head: null, pruned: clock.pruned_before }
  }
  const { after, head, pruned } = cursor ?? sinceOf(asked.updated_since ?? '')
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
