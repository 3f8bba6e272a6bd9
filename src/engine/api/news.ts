// Beside Airbyte's Config API: a source has news. Whoever knows (the program that fills what the
// source reads) says so, and the connections that follow the source are synced.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { sourceHasNews } from '../job/follow.ts'
import { actorOf } from './actors.ts'
import { strict } from './body.ts'
import { SourceNews } from './config-shapes.ts'
import type { ApiContext } from './context.ts'
import { failures } from './problem.ts'

const Body = Type.Object({ sourceId: Type.String({ format: 'uuid' }) }, strict)

export function newsRoutes(app: FastifyInstance, { pool }: ApiContext): void {
  const schema = {
    summary: 'The source has news: the connections that follow it are synced',
    description:
      'At once; what is told within two seconds is one sync, what is told while one runs is the ' +
      'next one.',
    body: Body,
    response: { 200: SourceNews, ...failures(404) },
  }
  app.post('/sources/report_news', { schema }, async (request) => {
    const { sourceId } = request.body as Static<typeof Body>
    await actorOf(pool, 'source', sourceId)
    return { sourceId, connectionIds: await sourceHasNews(pool, sourceId) }
  })
}
