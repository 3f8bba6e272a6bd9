// An attempt's log by pages, and followed while it grows; and the stream of what changes. Neither
// says anything that the rows do not.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { eventStreams } from '../../std/event-stream.ts'
import { parseLogLine } from '../pump/attempt-log.ts'
import { findAttempt, listLog, type LogRow } from '../store/log.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { isEnded, jobOf } from './jobs.ts'
import { failures, notFound } from './problem.ts'
import { LogPage } from './config-shapes.ts'
import type { LogLine } from '../store/shapes.ts'

const linesMax = 1_000
const lineNumberMax = 1_000_000_000
/** Proxies wait half a minute, most of them. */
const waitSecondsMax = 25

const Levels = Type.Unsafe<string>({
  type: 'string',
  enum: ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'],
})
const Sources = Type.Unsafe<string>({ type: 'string', enum: ['source', 'destination', 'platform'] })
const GetLogs = Type.Object(
  {
    jobId: Type.Integer({ minimum: 0 }),
    attemptNumber: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    after: Type.Optional(Type.Integer({ minimum: -1, maximum: lineNumberMax })),
    before: Type.Optional(Type.Integer({ minimum: 0, maximum: lineNumberMax })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: linesMax })),
    tail: Type.Optional(Type.Boolean()),
    levels: Type.Optional(Type.Array(Levels, { maxItems: 6 })),
    sources: Type.Optional(Type.Array(Sources, { maxItems: 3 })),
    search: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    waitSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: waitSecondsMax })),
  },
  strict,
)

export function attemptLogRoutes(app: FastifyInstance, context: ApiContext): void {
  const schema = {
    summary: 'An attempt’s log by pages, by level and by who said it',
    description:
      'With waitSeconds an empty page is waited for so long. Without attemptNumber the newest one.',
    body: GetLogs,
    response: { 200: LogPage, ...failures(404) },
  }
  app.post('/attempt/get_logs', { schema }, async (request, reply) => {
    const body = request.body as Static<typeof GetLogs>
    const left = new AbortController()
    reply.raw.once('close', () => left.abort())
    const late = AbortSignal.timeout(Math.max(1, (body.waitSeconds ?? 0) * 1000))
    return readWhenThere(context, body, AbortSignal.any([left.signal, late]))
  })
  const events = {
    summary: 'What changes, as Server-Sent Events: jobs, attempts, progress, connections',
    description:
      'Open it first and read then: nothing lies between. With Last-Event-ID it goes on where it ' +
      'was; `reset` says that something may have been missed. It ends after five minutes.',
    response: { 200: { content: { 'text/event-stream': { schema: Type.String() } } } },
  }
  app.get('/events', { schema: events }, eventStreams(context.events))
}

/** At once where there is something, or it has ended; else as soon as, or when nobody waits. */
async function readWhenThere(
  context: ApiContext,
  body: Static<typeof GetLogs>,
  signal: AbortSignal,
): Promise<LogPage> {
  // Followed before it is looked: what comes in between is an event.
  const events = context.events.follow(signal, waitSecondsMax * 1000)
  let page = await read(context, body)
  for await (const event of events) {
    if (page.lines.length > 0 || page.ended || (body.waitSeconds ?? 0) === 0) break
    if (event && (event.type === 'reset' || isOf(event.data, body.jobId))) {
      page = await read(context, body)
    }
  }
  return page
}

function isOf(data: string, jobId: number): boolean {
  const { type, jobId: of } = JSON.parse(data) as { type?: string; jobId?: number }
  return of === jobId && type !== 'progress'
}

async function read({ pool }: ApiContext, body: Static<typeof GetLogs>): Promise<LogPage> {
  const { limit = linesMax, tail = false, after = -1, before, attemptNumber } = body
  const { levels, sources, search } = body
  const job = await jobOf(pool, String(body.jobId))
  const attempt = await findAttempt(pool, job.jobId, attemptNumber ?? null)
  if (!attempt) {
    if (attemptNumber !== undefined) throw notFound('attempt', `${job.jobId}/${attemptNumber}`)
    // It waits for its first one, or was cancelled before.
    return { jobId: body.jobId, lines: [], after, ended: isEnded(job) }
  }
  const rows = await listLog(pool, {
    attemptId: attempt.attemptId,
    after,
    before: before ?? null,
    limit,
    tail,
    levels: levels ?? null,
    sources: sources ?? null,
    search: search ?? null,
  })
  const isWhole = before === undefined && (tail || rows.length < limit)
  return {
    jobId: body.jobId,
    attemptNumber: attempt.number,
    status: attempt.status,
    lines: rows.map(lineRead),
    after: rows.at(-1)?.n ?? after,
    // How it stands was asked before its lines were read, and none comes after its end.
    ended: attempt.status !== 'running' && isWhole,
  }
}

function lineRead({ n, line }: LogRow): LogLine {
  return { n, ...parseLogLine(line) }
}
