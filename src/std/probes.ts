// What whoever runs a service asks it, without a credential: `/live`, whether the process answers,
// and `/ready`, whether it can work, which is whether its database answers. Neither asks Plaid: a
// bank that is away ends no process.
import type { FastifyContextConfig, FastifyInstance } from 'fastify'
import { Type } from './type.ts'
import { classify } from './errors.ts'

export const PROBES = ['/live', '/ready']

const answerMsMax = 3_000

export function probeRoutes(
  app: FastifyInstance,
  look: () => Promise<unknown>,
  config: FastifyContextConfig = {},
): void {
  // However many ask at once, one look answers them.
  let looking: Promise<string> | undefined
  const state = () => (looking ??= answerOf(look).finally(() => (looking = undefined)))
  app.get('/live', { config, schema: liveSchema }, async () => ({ status: 'ok' }))
  app.get('/ready', { config, schema: readySchema }, async (_, reply) => {
    const database = await state()
    const status = database === 'ok' ? 'ok' : 'unavailable'
    return reply.code(database === 'ok' ? 200 : 503).send({ status, database })
  })
}

const liveSchema = {
  summary: 'The process answers; open to everybody',
  response: { 200: Type.Object({ status: Type.Literal('ok') }, { additionalProperties: false }) },
}

const Ready = Type.Object(
  {
    status: Type.Union([Type.Literal('ok'), Type.Literal('unavailable')]),
    database: Type.String({ description: '`ok`, or why not.' }),
  },
  { additionalProperties: false },
)

const readySchema = {
  summary: 'Its database answers, or 503 with the reason; open to everybody',
  response: { 200: Ready, 503: Ready },
}

/** `ok`, or why not, within a stated time. */
export async function answerOf(ask: () => Promise<unknown>): Promise<string> {
  const late = AbortSignal.timeout(answerMsMax)
  const timeout = new Promise<string>((resolve) => {
    late.addEventListener('abort', () => resolve(`no answer in ${answerMsMax} ms`))
  })
  const answer = ask().then(
    () => 'ok',
    (error: unknown) => classify(error).message,
  )
  return Promise.race([answer, timeout])
}
