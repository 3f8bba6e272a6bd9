// Airbyte's Config API: what a cron expression means, before a connection has it.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { ConfigError } from '../../std/errors.ts'
import { cronParts, cronSchedule, nextRunMs } from '../connection/schedule.ts'
import { databaseNowMs } from '../store/connection.ts'
import { strict } from './body.ts'
import { zoned } from './config-connections.ts'
import type { ApiContext } from './context.ts'
import { CronDescription } from './config-shapes.ts'

const runsShown = 5

const Describe = Type.Object(
  {
    cronExpression: Type.String({ maxLength: 200 }),
    cronTimeZone: Type.Optional(Type.String({ maxLength: 100 })),
  },
  strict,
)

export function cronRoutes(app: FastifyInstance, { pool }: ApiContext): void {
  const schema = {
    summary: 'What a cron expression means: its next five runs, or what is wrong with it',
    body: Describe,
    response: { 200: CronDescription },
  }
  app.post('/web_backend/describe_cron_expression', { schema }, async (request) => {
    const expression = zoned(request.body as Static<typeof Describe>)
    return describe(expression, await databaseNowMs(pool))
  })
}

function describe(expression: string, nowMs: number): CronDescription {
  const { zone: cronTimeZone } = cronParts(expression)
  try {
    const schedule = cronSchedule(expression, nowMs)
    const nextExecutions: number[] = []
    let at: number | undefined = nowMs
    while (nextExecutions.length < runsShown) {
      at = nextRunMs(schedule, at)
      if (at === undefined) break
      nextExecutions.push(at / 1000)
    }
    return { isValid: true, cronTimeZone, nextExecutions }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const validationErrorMessage = error.message
    return { isValid: false, cronTimeZone, nextExecutions: [], validationErrorMessage }
  }
}
