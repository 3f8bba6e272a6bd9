// What of the engine and of plaid-api a session may use: the routes of the table, asked with our
// own credential. The path is made anew from the rule and ids, so that none leads elsewhere.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { ConfigError, must } from '../../std/errors.ts'
import type { WebContext } from '../context.ts'
import { requireRole, sessionOfRequest } from '../door/door.ts'
import { neededByBody, type Passed, passed } from '../door/table.ts'
import { ask, problemOf, queryOf } from '../upstream.ts'

const answerMsMax = 30_000
/** Ids of Plaid, of the engine, of jobs; names of streams. */
const ID = /^[A-Za-z0-9_-]{1,200}$/
/** What a page needs of an answer's headers. */
const HEADERS = ['content-type', 'retry-after', 'x-next-cursor', 'x-has-more']

export function passedRoutes(app: FastifyInstance, context: WebContext): void {
  for (const rule of passed) {
    app.route({
      method: rule.method,
      url: rule.url,
      config: { access: rule.who },
      handler: (request, reply) => pass(context, rule, request, reply),
    })
  }
}

async function pass(
  context: WebContext,
  rule: Passed,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const needed = neededByBody(rule, request.body)
  if (needed) requireRole(sessionOfRequest(request), needed)
  const left = new AbortController()
  reply.raw.once('close', () => left.abort())
  const isAsked = rule.askMethod === rule.method && request.body !== undefined
  const answer = await ask(rule.service === 'engine' ? context.engine : context.plaid, {
    method: rule.askMethod,
    path: pathOf(rule, request.params) + queryOf(request.url),
    person: sessionOfRequest(request).name,
    signal: AbortSignal.any([left.signal, AbortSignal.timeout(answerMsMax)]),
    ...(isAsked ? { body: JSON.stringify(request.body) } : {}),
    ...(request.headers.accept?.includes('ndjson') ? { accept: 'application/x-ndjson' } : {}),
  })
  return give(answer, reply)
}

async function give(answer: Response, reply: FastifyReply): Promise<FastifyReply> {
  reply.code(answer.status)
  if (answer.status >= 400) {
    const said: unknown = await answer.json().catch(() => ({}))
    const retryAfter = answer.headers.get('retry-after')
    if (retryAfter !== null) reply.header('retry-after', retryAfter)
    const problem = typeof said === 'object' && said !== null ? said : {}
    return reply.send({ error: problemOf(answer.status, problem), said: problem })
  }
  for (const name of HEADERS) {
    const value = answer.headers.get(name)
    if (value !== null) reply.header(name, value)
  }
  if (answer.body === null) return reply.send()
  return reply.send(Readable.fromWeb(answer.body))
}

function pathOf(rule: Passed, params: unknown): string {
  const given = params as Record<string, string>
  return rule.path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const id = must(given[name], 'a path has the parameters of its rule')
    if (ID.test(id)) return id
    throw new ConfigError('NOT_FOUND', `no ${name} looks like that`, { status: 404 })
  })
}
