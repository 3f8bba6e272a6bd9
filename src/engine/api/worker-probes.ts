// A worker has no API: whoever runs it in a container or a pod asks here whether it lives, and
// whoever watches it reads here what it counts.
import { fastify, type FastifyInstance } from 'fastify'
import type { Pool } from '../../postgres/pool.ts'
import { ping } from '../../postgres/query.ts'
import { doorLimits, doorOptions, keepDoor } from '../../std/http-door.ts'
import { metricsDoor, metricsRoute } from '../../std/metrics.ts'
import { probeRoutes } from '../../std/probes.ts'
import type { Secret } from '../../std/secrets.ts'
import type { ServerTls } from '../../std/server-tls.ts'
import { doorWords, onError } from './problem.ts'

export interface ProbesPlace {
  host: string
  port: number
  tls?: ServerTls | undefined
  /** Opens /metrics. */
  metricsToken?: Secret
}

export async function serveProbes(
  pool: Pool,
  { host, port, metricsToken, tls }: ProbesPlace,
): Promise<FastifyInstance> {
  const app = fastify(doorOptions(doorLimits, doorWords, tls))
  keepDoor(app, doorLimits, doorWords)
  app.setErrorHandler(onError)
  probeRoutes(app, () => ping(pool))
  metricsRoute(app, { onRequest: metricsDoor(metricsToken) })
  await app.listen({ host, port })
  return app
}
