// What became of each stream in steps of time: many jobs at a glance, for whoever shows a day or a
// week of them at once.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { streamStrips } from '../store/strips.ts'
import { strict } from './body.ts'
import type { ApiContext } from './context.ts'
import { instant } from './time.ts'
import { StreamStrips } from './web-shapes.ts'

const cellsMax = 400

const Asked = Type.Object(
  {
    createdAtStart: Type.String({ maxLength: 100 }),
    stepSeconds: Type.Integer({ minimum: 60, maximum: 86_400 }),
    configId: Type.Optional(Type.String({ format: 'uuid' })),
  },
  strict,
)

export function jobStripRoutes(app: FastifyInstance, { pool }: ApiContext): void {
  const schema = {
    summary: 'What became of each stream in steps of time',
    body: Asked,
    response: { 200: StreamStrips },
  }
  app.post('/jobs/strips', { schema }, async (request) => {
    const { createdAtStart, stepSeconds, configId = null } = request.body as Static<typeof Asked>
    const { createdAtStart: since } = instant('createdAtStart', createdAtStart)
    const asked = { since: since ?? createdAtStart, stepSeconds, cellsMax, connectionId: configId }
    return { streams: await streamStrips(pool, asked) }
  })
}
