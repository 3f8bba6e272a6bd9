// What a process tells of itself to Prometheus. A process has one registry, as it has one event
// loop: whoever has something to count counts it, and only what was told stands on its page. What
// is asked rather than counted (a pool, a database) is asked when somebody reads.
import type { FastifyInstance, onRequestAsyncHookHandler, RouteShorthandOptions } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { Type } from './type.ts'
import { metricTable, type MetricName, type MetricSpec } from './metric-table.ts'
import { ConfigError } from './errors.ts'
import { readSamples } from './samples.ts'
import { hashToken, type Secret } from './secrets.ts'

type Of<T extends MetricSpec['type']> = {
  [N in MetricName]: (typeof metricTable)[N]['type'] extends T ? N : never
}[MetricName]

type Labels<N extends MetricName> = Record<(typeof metricTable)[N]['labels'][number], string>

/** From a read of an index to a history's first pull. */
const secondsBuckets = [0.005, 0.02, 0.1, 0.5, 1, 2.5, 10, 30, 120, 600, 3600]

const registry = new Registry()
const made = new Map<MetricName, Counter | Gauge | Histogram>()

export function count<N extends Of<'counter'>>(name: N, labels: Labels<N>, by = 1): void {
  ;(instrument(name) as Counter).inc(labels, by)
}

export function observe<N extends Of<'histogram'>>(
  name: N,
  labels: Labels<N>,
  seconds: number,
): void {
  ;(instrument(name) as Histogram).observe(labels, seconds)
}

function instrument(name: MetricName): Counter | Gauge | Histogram {
  const known = made.get(name)
  if (known) return known
  const { type, help, labels } = metricTable[name]
  const config = { name, help, labelNames: [...labels], registers: [registry] }
  const one =
    type === 'counter'
      ? new Counter(config)
      : type === 'gauge'
        ? new Gauge(config)
        : new Histogram({ ...config, buckets: secondsBuckets })
  made.set(name, one)
  return one
}

let isWatched = false
let reading: Promise<string> | undefined

/** However many read at once, one reading answers them. */
function readMetrics(): Promise<string> {
  return (reading ??= read().finally(() => (reading = undefined)))
}

async function read(): Promise<string> {
  // Of the process itself: processor, memory, the event loop's lag, the collections.
  if (!isWatched) collectDefaultMetrics({ register: registry })
  isWatched = true
  const told = await readSamples()
  for (const one of made.values()) if (one instanceof Gauge) one.reset()
  for (const { metric, labels, value } of told) {
    ;(instrument(metric) as Gauge).set(labels, value)
  }
  return registry.metrics()
}

const answer = {
  summary: 'What the process counts, for Prometheus; with the metrics token',
  response: {
    200: { content: { [registry.contentType.split(';')[0] ?? '']: { schema: Type.String() } } },
  },
}

/** `GET /metrics`, for whoever the service's door lets in, or a hook of its own. */
export function metricsRoute(
  app: FastifyInstance,
  more: Pick<RouteShorthandOptions, 'config' | 'onRequest'> = {},
): void {
  app.get('/metrics', { ...more, schema: answer }, async (_, reply) =>
    reply.type(registry.contentType).send(await readMetrics()),
  )
}

/** Where nothing else looks at who asks: the token alone opens it. */
export function metricsDoor(token: Secret | undefined): onRequestAsyncHookHandler {
  return async ({ headers }) => {
    if (!isMetricsToken(headers.authorization, token)) throw refused()
  }
}

/** Compared by hashes, so that the time taken tells nothing about the token. */
export function isMetricsToken(header: string | undefined, token: Secret | undefined): boolean {
  const given = /^bearer +(.+)$/i.exec(header ?? '')?.[1]?.trim()
  return (
    given !== undefined && token !== undefined && hashToken(given) === hashToken(token.reveal())
  )
}

function refused(): ConfigError {
  const sentence =
    'send the metrics token: Authorization: Bearer … (the file metrics.token of the keys’ folder)'
  return new ConfigError('UNAUTHORIZED', sentence, { status: 401 })
}
