// Plaid's webhooks: received by whoever Plaid signed them for, and told to whoever asks. Who is no
// Plaid has nothing read of his body; how many are received at one time is bounded, and Plaid sends
// again what is refused (L9). What was received is durable before it is answered, and worked on
// afterwards (webhook/work.ts).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { until } from '../../postgres/query.ts'
import { systemClock } from '../../std/clock.ts'
import { must, TransientError } from '../../std/errors.ts'
import { count } from '../../std/metrics.ts'
import { createWebhookKeys } from '../../plaid/webhook-keys.ts'
import {
  readWebhookToken,
  requireSignedBody,
  type WebhookToken,
} from '../../plaid/webhook-token.ts'
import type { ServiceContext } from '../context.ts'
import { decodeCursor, encodeCursor, invalidCursor } from '../cursor.ts'
import { addressCounts, failedAddresses } from '../store/webhook-address.ts'
import { forgetWebhookKey, keepWebhookKey, webhookKeys } from '../store/webhook-key.ts'
import { insertWebhook, webhooksPage, webhookStats } from '../store/webhook.ts'
import { readBody } from '../webhook/body.ts'
import { codeOf } from '../webhook/codes.ts'
import { webhookPath } from '../webhook/path.ts'
import { createRefusals } from '../webhook/refusals.ts'
import { WebhooksPage, WebhookStatus, WebhookTaken } from '../webhook/shapes.ts'
import { callerLeft } from './caller.ts'
import { failures, limit, text } from './schema.ts'

/** Ids of a thousand removed transactions take forty thousand. */
const bodyBytesMax = 256 * 1024
/** Together they have at most 16 MB. */
const atOnceMax = 64
const rowsDefault = 100
const countedMax = 100_000
const failuresMax = 100

const query = Type.Object(
  {
    item_id: Type.Optional(text),
    webhook_type: Type.Optional(text),
    webhook_code: Type.Optional(text),
    cursor: Type.Optional(text),
    limit,
  },
  { additionalProperties: false },
)

export function webhookRoutes(app: FastifyInstance, context: ServiceContext): void {
  void app.register(async (routes) => receiveRoute(routes, context))
  listRoute(app, context)

  const schema = {
    summary: 'Where Plaid is told to send webhooks, and whether they come',
    response: { 200: WebhookStatus },
  }
  app.get<{ Reply: WebhookStatus }>('/webhooks/status', { schema }, async () => {
    const address = context.webhook ?? null
    const [stats, items, failures] = await Promise.all([
      webhookStats(context.readers, countedMax),
      addressCounts(context.readers, address),
      address === null ? [] : failedAddresses(context.readers, address, failuresMax),
    ])
    return { address, items, failures, ...stats }
  })
}

const receiveSchema = {
  summary: 'What Plaid tells; signed by Plaid, and open to nobody else',
  description:
    'The header `Plaid-Verification` is Plaid’s JWT. 200: it is kept, and worked on afterwards. ' +
    '401: it is not signed by Plaid, or too old. 429, 503: send it again.',
  security: [],
  body: Type.Object({
    webhook_type: Type.Optional(Type.String()),
    webhook_code: Type.Optional(Type.String()),
  }),
  response: { 200: WebhookTaken, ...failures(401, 429) },
}

function receiveRoute(app: FastifyInstance, { pool, plaid, log }: ServiceContext): void {
  const keys = createWebhookKeys((kid, signal) => plaid.webhookVerificationKeyGet(kid, signal), {
    all: (keysMax) => webhookKeys(pool, keysMax),
    keep: (key, keysMax) => keepWebhookKey(pool, key, keysMax),
    forget: (kid) => forgetWebhookKey(pool, kid),
  })
  const tokens = new WeakMap<FastifyRequest, WebhookToken>()
  const refusals = createRefusals(pool, log)
  let running = 0

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  app.addHook('onRequest', async (request, reply) => {
    running++
    reply.raw.once('close', () => running--)
    if (running > atOnceMax) throw tooMany()
    const token = request.headers['plaid-verification']
    const given = typeof token === 'string' ? token : undefined
    tokens.set(request, await readWebhookToken(keys, given, senderOf(request), systemClock.now()))
  })
  app.addHook('onError', async (_request, _reply, error) => {
    count('tartan_webhooks_total', { outcome: 'refused' })
    refusals.add(error)
  })
  app.addHook('onClose', () => refusals.stop())
  app.post<{ Body: Buffer; Reply: WebhookTaken }>(
    webhookPath,
    { schema: receiveSchema, bodyLimit: bodyBytesMax },
    async (request) => {
      const token = must(tokens.get(request), 'the door has read the token')
      requireSignedBody(request.body, token)
      const body = readBody(request.body)
      const known = codeOf(body.type, body.code)
      const act = known?.act ?? 'none'
      await insertWebhook(pool, {
        ...body,
        ...token,
        act,
        outcome: act !== 'none' ? null : known ? 'nothing' : 'unknown_code',
      })
      count('tartan_webhooks_total', { outcome: 'kept' })
      return { received: true }
    },
  )
}

/** A proxy of ours says for whom it asks, behind what that one said; nobody else is heard. */
function senderOf({ socket, headers }: FastifyRequest): string {
  const peer = socket.remoteAddress ?? ''
  const told = String(headers['x-forwarded-for'] ?? '')
  const address = OWN_NETWORK.test(peer) ? told.split(',').at(-1)?.trim() || peer : peer
  // Of IPv6 one has a network at least.
  return address.startsWith('::') ? address : address.split(':').slice(0, 4).join(':')
}

const OWN_NETWORK = /^(::ffff:)?(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\.|^::1$|^f[cd]/i

function tooMany(): TransientError {
  return new TransientError('WEBHOOKS_BUSY', `${atOnceMax} are received at one time; again later`, {
    status: 429,
    retryAfterMs: 1_000,
  })
}

function listRoute(app: FastifyInstance, context: ServiceContext): void {
  const schema = {
    summary: 'What Plaid told by webhook, newest first, and what it led to',
    description: 'Kept for thirty days, at most 200,000. Follow next_cursor while has_more.',
    querystring: query,
    response: { 200: WebhooksPage },
  }
  app.get<{ Querystring: Static<typeof query>; Reply: WebhooksPage }>(
    '/webhooks',
    { schema },
    async ({ query: asked }, reply) => {
      const { limit: rowsMax = rowsDefault } = asked
      const request = {
        itemId: asked.item_id ?? null,
        type: asked.webhook_type ?? null,
        code: asked.webhook_code ?? null,
        before: asked.cursor === undefined ? null : beforeOf(asked.cursor),
        limit: rowsMax + 1,
      }
      const left = callerLeft(reply)
      const rows = await until(context.readers, left, (db) => webhooksPage(db, request))
      const webhooks = rows.slice(0, rowsMax)
      const last = webhooks.at(-1)
      const hasMore = rows.length > rowsMax
      const next = hasMore && last ? encodeCursor({ webhook: last.id }) : null
      return { webhooks, has_more: hasMore, next_cursor: next }
    },
  )
}

function beforeOf(cursor: string): string {
  const { webhook } = decodeCursor(cursor, ['webhook'])
  if (webhook === null || !/^\d{1,18}$/.test(webhook)) throw invalidCursor()
  return webhook
}
