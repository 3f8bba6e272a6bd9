// The Hosted Link page's two verbs: GET shows the next step, POST takes it. The link token in the
// address is the person's only credential, as with Plaid's own page.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { LinkRecord } from '../bank/state.ts'
import { PlaidFault } from '../fault.ts'
import { type Bank, bankById } from '../world/institutions.ts'
import type { Context } from './context.ts'
import {
  bankPage,
  brokenPage,
  consentPage,
  donePage,
  htmlOf,
  leftPage,
  type Page,
} from './link-page.ts'

interface Path {
  Params: { linkToken: string }
}

/** No script runs here, nothing is loaded, and no other page may hold this one in a frame. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

export async function linkRoutes(app: FastifyInstance, context: Context): Promise<void> {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  )
  app.setErrorHandler(async (error, _request, reply) => {
    const fault = error instanceof PlaidFault ? error : undefined
    const status = fault?.status ?? (error as { statusCode?: number }).statusCode ?? 500
    const sentence = fault?.message ?? 'this form could not be read; go back and try again'
    return show(reply.code(status), brokenPage(sentence))
  })

  app.get<Path & { Querystring: Record<string, unknown> }>(
    '/link/:linkToken',
    async (request, reply) => {
      const link = context.links.open(request.params.linkToken)
      const bank = bankFor(context, link, request.query['institution_id'])
      if (bank === undefined) return show(reply, bankPage(link))
      return show(reply, consentPage(link, bank, { username: userOf(context, link) }))
    },
  )
  app.post<Path>('/link/:linkToken', async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    const { linkToken } = request.params
    const link = context.links.open(linkToken)
    if (form.get('action') === 'leave') {
      await context.links.leave(linkToken)
      return finish(reply, link, leftPage())
    }
    const bank = bankFor(context, link, form.get('institution_id') ?? undefined)
    if (bank === undefined) return show(reply.code(400), bankPage(link))
    const username = form.get('username') ?? userOf(context, link)
    const password = form.get('password') ?? 'pass_good'
    try {
      await context.links.consent(linkToken, { bankId: bank.id, username, password })
    } catch (error) {
      if (!(error instanceof PlaidFault)) throw error
      const attempt = { username, complaint: error.message }
      return show(reply.code(error.status), consentPage(link, bank, attempt))
    }
    return finish(reply, link, donePage(link))
  })
}

/** The Item's own bank in update mode, else the chosen one. */
function bankFor({ bank }: Context, link: LinkRecord, chosen: unknown): Bank | undefined {
  if (link.updates !== null) return bankById(bank.byId(link.updates)?.bankId ?? '')
  return typeof chosen === 'string' ? bankById(chosen) : undefined
}

function userOf({ bank }: Context, link: LinkRecord): string {
  return (link.updates === null ? undefined : bank.byId(link.updates)?.username) ?? 'user_good'
}

function finish(reply: FastifyReply, link: LinkRecord, page: Page): FastifyReply {
  if (link.completionUri === null) return show(reply, page)
  return reply.redirect(link.completionUri, 303)
}

function show(reply: FastifyReply, page: Page): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', POLICY)
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store')
    .send(htmlOf(page))
}
