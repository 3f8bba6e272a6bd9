// Link's addresses. `/link/<token>` is the hosted page and opens a session, which has an address of
// its own; `/link/frame` opens one inside an application's page; `/oauth/<state>` is the page of a
// bank that has one. The link token in the address is the person's only credential, as at Plaid.
//
// A program finishes a session in one request: POST /link/<token> with institution_id, username,
// password, and where they are wanted `mfa` (one for each question) and `account` (its mask).
import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PlaidFault } from '../fault.ts'
import { bankPage, returnPage } from '../link/bank-page.ts'
import { json } from '../link/html.ts'
import { type Frame, pageHeaders, type Page, pageText } from '../link/page.ts'
import { brokenPage } from '../link/end-panes.ts'
import { paneOf } from '../link/panes.ts'
import { clientNameOf } from '../link/view.ts'
import { brokenView, frameView } from '../link/results.ts'
import type { Input } from '../link/flow.ts'
import { isGone, isOver } from '../link/session.ts'
import type { OpenSession } from '../link/open-session.ts'
import { institutionById } from '../world/institutions.ts'
import type { Context } from '../context.ts'
import { acceptForms, formOf } from './forms.ts'
import { expressInputs, inputOf, loginOf } from './link-form.ts'

interface Path {
  Params: { linkToken: string; sessionId: string; stateId: string }
}

const SCRIPTS = ['link-initialize.js', 'link-frame.js', 'bank-return.js']

export async function linkRoutes(app: FastifyInstance, context: Context): Promise<void> {
  acceptForms(app)
  app.setErrorHandler(async (error, request, reply) => {
    const fault = error instanceof PlaidFault ? error : undefined
    const status = fault?.status ?? (error as { statusCode?: number }).statusCode ?? 500
    const sentence = fault?.message ?? 'this form could not be read; go back and try again'
    return broken(reply.code(status), sentence, originOf(request))
  })
  for (const name of SCRIPTS) serveScript(app, context, name)
  hostedRoutes(app, context)
  sessionRoutes(app, context)
  bankRoutes(app, context)
}

/**
 * At the same path as at Plaid's own host, so that an application changes the host alone; the
 * script goes on with the host that it came from.
 */
function serveScript(app: FastifyInstance, context: Context, name: string): void {
  const file = new URL(`../link/assets/${name}`, import.meta.url)
  const text = readFileSync(file, 'utf8')
  app.get(`/link/v2/stable/${name}`, async ({ protocol, host }, reply) => {
    const known = new URL(context.publicUrl())
    const server = known.host === host ? known.origin : `${protocol}://${host}`
    return reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('cross-origin-resource-policy', 'cross-origin')
      .header('x-content-type-options', 'nosniff')
      .send(text.replace(PLAID_HOST, () => JSON.stringify(server)))
  })
}

const PLAID_HOST = "'https://cdn.plaid.com'"

function hostedRoutes(app: FastifyInstance, { linkSessions }: Context): void {
  // A HEAD, as a preview of the link sends, opens nothing.
  app.get<Path>('/link/:linkToken', { exposeHeadRoute: false }, async (request, reply) => {
    const session = linkSessions.start(request.params.linkToken, null, request.id)
    return redirect(reply, pathOf(session))
  })
  app.post<Path>('/link/:linkToken', async (request, reply) => {
    const form = formOf(request)
    const { linkToken } = request.params
    const inputs = (session: OpenSession) => expressInputs(form, session)
    const session = await linkSessions.express(linkToken, inputs, request.id)
    const arrived = isOver(session.flow.pane)
    const { completionUri } = session.link
    if (arrived && completionUri !== null) return redirect(reply, completionUri)
    return show(reply.code(arrived ? 200 : 400), session)
  })
  app.get('/link/frame', { exposeHeadRoute: false }, async (request, reply) => {
    const { token, oauth_state_id: state } = request.query as Record<string, unknown>
    const origin = originOf(request)
    if (origin === null) throw new PlaidFault('INVALID_FIELD', 'origin must be a page’s origin')
    const resumed = linkSessions.byOauthState(String(state))
    const session =
      resumed?.linkToken === token && resumed?.origin === origin
        ? resumed
        : linkSessions.start(String(token), origin, request.id)
    return redirect(reply, pathOf(session))
  })
}

function sessionRoutes(app: FastifyInstance, { linkSessions, bank }: Context): void {
  app.get<Path>('/link/:linkToken/:sessionId', async (request, reply) => {
    const { linkToken, sessionId } = request.params
    const session = linkSessions.find(linkToken, sessionId)
    if (session === undefined) return redirect(reply, `/link/${linkToken}`)
    return show(reply, session, frameView(bank, session))
  })
  app.post<Path>('/link/:linkToken/:sessionId', async (request, reply) => {
    const { linkToken, sessionId } = request.params
    const session = linkSessions.find(linkToken, sessionId)
    if (session === undefined) return redirect(reply, `/link/${linkToken}`)
    const input = inputOf(formOf(request))
    if (input !== undefined) await linkSessions.act(session, input, request.id)
    const { flow, link, oauthStateId, origin, record } = session
    if (input?.kind === 'authorize' && flow.pane.name === 'oauth') {
      return redirect(reply, `/oauth/${oauthStateId}`)
    }
    const left = input?.kind === 'exit' || input?.kind === 'done'
    const leaves = left && record.finishedAt !== null && origin === null
    const target = leaves ? link.completionUri : null
    return redirect(reply, target ?? pathOf(session))
  })
}

/** The page of a bank that people sign in to by themselves, and how it sends them back. */
function bankRoutes(app: FastifyInstance, { linkSessions }: Context): void {
  const signIn = (session: OpenSession | undefined) => {
    const institution =
      session?.flow.pane.name === 'oauth'
        ? institutionById(session.flow.institutionId ?? '')
        : undefined
    if (session !== undefined && institution !== undefined) return { session, institution }
    throw new PlaidFault('INVALID_FIELD', 'this sign-in is over; go back to the application')
  }
  app.get<Path>('/oauth/:stateId', async (request, reply) => {
    const { session, institution } = signIn(linkSessions.byOauthState(request.params.stateId))
    const page = bankPage(institution, clientNameOf(session.link.clientName), FIRST_ATTEMPT)
    return send(reply, page, bankFrame(session))
  })
  app.post<Path>('/oauth/:stateId', async (request, reply) => {
    const { session, institution } = signIn(linkSessions.byOauthState(request.params.stateId))
    const { link, oauthStateId, origin } = session
    const clientName = clientNameOf(link.clientName)
    const form = formOf(request)
    const login = loginOf(form)
    const allowed = form.get('action') === 'allow'
    const refusal = allowed ? session.directory.refusal(institution.id, login) : null
    if (refusal?.error_code === 'INVALID_CREDENTIALS') {
      const complaint = refusal.display_message ?? refusal.error_message
      const page = bankPage(institution, clientName, { username: login.username, complaint })
      return send(reply.code(400), page, bankFrame(session))
    }
    const input: Input = allowed ? { kind: 'authorized', login } : { kind: 'denied' }
    await linkSessions.act(session, input, request.id)
    if (origin === null) return redirect(reply, pathOf(session))
    if (link.redirectUri === null) return send(reply, returnPage(clientName), RETURN_FRAME)
    return redirect(reply, `${link.redirectUri}?oauth_state_id=${oauthStateId}`)
  })
}

const FIRST_ATTEMPT = { username: '', complaint: null }
const RETURN_FRAME: Frame = { language: 'en', origin: null, leadsTo: [], scripts: true }

function bankFrame({ link: { language, redirectUri } }: OpenSession): Frame {
  return { language, origin: null, leadsTo: [redirectUri], scripts: false }
}

function pathOf({ linkToken, record }: OpenSession): string {
  return `/link/${linkToken}/${record.id}`
}

/** The origin of the page that holds a frame; null where none is named. */
function originOf({ query }: FastifyRequest): string | null {
  const { origin } = query as Record<string, unknown>
  if (typeof origin !== 'string' || !URL.canParse(origin)) return null
  const url = new URL(origin)
  return /^https?:$/.test(url.protocol) && url.origin === origin ? origin : null
}

function redirect(reply: FastifyReply, uri: string): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .redirect(uri, 303)
}

function show(reply: FastifyReply, session: OpenSession, view?: object): FastifyReply {
  const { link, origin, flow, terms, directory, record, username, products } = session
  const framed = origin !== null
  const page = paneOf({
    clientName: clientNameOf(link.clientName),
    products,
    flow,
    terms,
    username,
    isGone: isGone(flow, terms, directory),
    search: directory.search,
    completionUri: link.completionUri,
    startUri: `/link/${session.linkToken}`,
    framed,
    finished: record.finishedAt !== null,
    oauthTarget: framed ? (link.redirectUri === null ? 'plaid-oauth' : '_top') : '_self',
  })
  // an exit, and the end of a session of several banks, need no further click
  const ends = record.exit !== null || (terms.multiItem && record.finishedAt !== null)
  const news = framed ? json('news', { origin, view, ends }) : undefined
  const { language, completionUri } = link
  const frame = { language, origin, leadsTo: [completionUri], scripts: framed }
  return send(reply, { ...page, ...(news && { news }) }, frame)
}

function broken(reply: FastifyReply, sentence: string, origin: string | null): FastifyReply {
  const framed = origin !== null
  const page = brokenPage(sentence, framed)
  const news = framed
    ? json('news', { origin, view: brokenView(sentence), ends: false })
    : undefined
  const frame = { language: 'en', origin, leadsTo: [], scripts: framed }
  return send(reply, { ...page, ...(news && { news }) }, frame)
}

function send(reply: FastifyReply, page: Page, frame: Frame): FastifyReply {
  return reply.headers(pageHeaders(frame)).send(pageText(page, frame))
}
