// Pulling on request: `POST /sync` takes what is new, `POST /sync/full` reads every history
// again. Both answer at once with an id; asking while one runs joins it.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { ConfigError } from '../../std/errors.ts'
import type { ServiceContext } from '../context.ts'
import { failSilentRuns, findRun, type RunMode, runItems, runTotals } from '../store/run.ts'
import { text } from './schema.ts'

const request = Type.Object({ item_id: Type.Optional(text) }, { additionalProperties: false })
/** An Item named here would be passed over, and every Item pulled. */
const nothing = Type.Object({}, { additionalProperties: false })
const runId = Type.Object({ id: Type.String({ format: 'uuid' }) })

/** How many Items a report names; failed ones come first. */
const itemsMax = 1_000

export function syncRoutes(app: FastifyInstance, context: ServiceContext): void {
  start('/sync', 'incremental', 'Pulls what is new at the banks')
  start('/sync/full', 'full', 'Reads every history again, and takes out what is gone')

  app.get<{ Params: Static<typeof runId> }>(
    '/sync/:id',
    { schema: { summary: 'How a pull goes or went', params: runId } },
    async ({ params }) => {
      await failSilentRuns(context.pool)
      const run = await findRun(context.pool, params.id)
      if (!run) throw new ConfigError('SYNC_UNKNOWN', 'there is no such sync', { status: 404 })
      const totals = await runTotals(context.pool, run.id)
      return { ...run, totals, items: await runItems(context.pool, run.id, itemsMax) }
    },
  )

  function start(path: string, mode: RunMode, summary: string): void {
    app.post<{ Body: Static<typeof request> | null }>(
      path,
      { schema: { summary, querystring: nothing, body: Type.Union([request, Type.Null()]) } },
      async ({ body }, reply) => {
        const id = await context.runs.start(mode, body?.item_id ?? null)
        return reply.code(202).send({ id, status: 'running' })
      },
    )
  }
}
