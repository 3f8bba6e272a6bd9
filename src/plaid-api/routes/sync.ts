// Pulling on request: `POST /sync` takes what is new, `POST /sync/full` reads every history
// again. Both answer at once with an id.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { ConfigError } from '../../std/errors.ts'
import type { ServiceContext } from '../context.ts'
import { type RunMode, RunReport, RunStarted } from '../shapes.ts'
import { failSilentRuns, findRun, runItems, runTotals } from '../store/run.ts'
import { failures, text } from './schema.ts'

const request = Type.Object({ item_id: Type.Optional(text) }, { additionalProperties: false })
/** An Item named here would be passed over, and every Item pulled. */
const nothing = Type.Object({}, { additionalProperties: false })
const runId = Type.Object({ id: Type.String({ format: 'uuid' }) })

/** How many Items a report names; failed ones come first. */
const itemsMax = 1_000

export function syncRoutes(app: FastifyInstance, context: ServiceContext): void {
  start('/sync', 'incremental', 'Pulls what is new at the banks')
  start('/sync/full', 'full', 'Reads every history again, and takes out what is gone')

  const schema = {
    summary: 'How a pull goes or went, Item by Item',
    params: runId,
    response: { 200: RunReport, ...failures(404) },
  }
  app.get<{ Params: Static<typeof runId>; Reply: RunReport }>(
    '/sync/:id',
    { schema },
    async ({ params }) => {
      await failSilentRuns(context.pool)
      const run = await findRun(context.pool, params.id)
      if (!run) throw new ConfigError('SYNC_UNKNOWN', 'there is no such sync', { status: 404 })
      const totals = await runTotals(context.pool, run.id)
      return { ...run, totals, items: await runItems(context.pool, run.id, itemsMax) }
    },
  )

  function start(path: string, mode: RunMode, summary: string): void {
    const schema = {
      summary,
      description:
        'Of every Item, or of the one that is named. It is answered at once, and done meanwhile: ' +
        'ask GET /sync/{id}. While the same is on, it begins after that.',
      querystring: nothing,
      body: Type.Union([request, Type.Null()]),
      response: { 202: RunStarted, ...failures(404, 409) },
    }
    app.post<{ Body: Static<typeof request> | null; Reply: RunStarted }>(
      path,
      { schema },
      async ({ body }, reply) => {
        const id = await context.runs.start(mode, body?.item_id ?? null)
        return reply.code(202).send({ id, status: 'running' })
      },
    )
  }
}
