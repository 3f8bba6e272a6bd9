// The admin page's routes. Whoever signed in with the token has a cookie that only this page is
// sent: no script can read it, and no other site's form can use it.
import { readFile } from 'node:fs/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { classify } from '../../../../src/std/errors.ts'
import { equalInConstantTime, hashToken } from '../../../../src/std/secrets.ts'
import { filledIn } from '../admin/form.ts'
import { adminPage, liveParts, loginPage, type Outcome } from '../admin/page.ts'
import { COMMANDS } from '../control/commands.ts'
import type { AdminOptions } from './admin-routes.ts'
import { acceptForms, formOf } from './forms.ts'

const COOKIE = 'emulator_admin'
const ASSETS = { 'admin.css': 'text/css', 'admin.js': 'text/javascript' } as const

/** Nothing but this emulator's own is loaded, and no other page may hold this one in a frame. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export async function adminPageRoutes(app: FastifyInstance, options: AdminOptions): Promise<void> {
  const { endpoints, token, codes } = options
  // the cookie opens the page alone, and does not tell the token
  const session = hashToken(`${COOKIE}/${token.reveal()}`)
  let outcome: Outcome | undefined

  acceptForms(app)
  const isIn = (request: FastifyRequest): boolean =>
    equalInConstantTime(cookieOf(request), session) && isFromHere(request)

  app.get('/emulator', async (request, reply) => {
    if (!isIn(request)) return show(reply, loginPage(null))
    const page = adminPage(options, endpoints, outcome)
    outcome = undefined
    return show(reply, page)
  })
  app.get('/emulator/live', async (request, reply) => {
    if (!isIn(request)) return show(reply.code(401), '')
    return show(reply, liveParts(options).text)
  })
  app.post('/emulator/login', async (request, reply) => {
    const given = formOf(request).get('token') ?? ''
    if (!equalInConstantTime(given, token.reveal()) && !codes.spend(given)) {
      return show(reply.code(401), loginPage('This is not the token.'))
    }
    return home(reply, session)
  })
  app.post('/emulator/logout', async (_request, reply) => home(reply, ''))
  app.post<{ Params: { name: string } }>('/emulator/do/:name', async (request, reply) => {
    if (!isIn(request)) return show(reply.code(401), loginPage('Sign in first.'))
    outcome = await run(options, request.params.name, formOf(request))
    return home(reply, undefined)
  })
  for (const [name, type] of Object.entries(ASSETS)) {
    const file = new URL(`../admin/assets/${name}`, import.meta.url)
    app.get(`/emulator/assets/${name}`, async (_request, reply) => {
      return show(reply, await readFile(file, 'utf8'), type)
    })
  }
}

async function run(
  { context }: AdminOptions,
  name: string,
  form: URLSearchParams,
): Promise<Outcome> {
  try {
    const command = COMMANDS.find((each) => each.name === name)
    if (command === undefined)
      return { command: name, error: 'there is no such command', answer: '' }
    const answer = await command.prepare(filledIn(command, form))(context)
    return { command: name, error: null, answer: JSON.stringify(answer, null, 2) }
  } catch (error) {
    return { command: name, error: classify(error).message, answer: '' }
  }
}

function cookieOf({ headers }: FastifyRequest): string {
  const cookies = (headers.cookie ?? '').split('; ')
  return cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? ''
}

/** The second lock behind `SameSite`: browsers say from where a request comes. */
function isFromHere({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

/** Back to the page, with a new cookie where one is given; an empty one ends it. */
function home(reply: FastifyReply, session: string | undefined): FastifyReply {
  if (session !== undefined) {
    const age = session === '' ? '; Max-Age=0' : ''
    void reply.header(
      'set-cookie',
      `${COOKIE}=${session}; Path=/emulator; HttpOnly; SameSite=Strict${age}`,
    )
  }
  return reply.redirect('/emulator', 303)
}

function show(reply: FastifyReply, text: string, type = 'text/html'): FastifyReply {
  return reply
    .type(`${type}; charset=utf-8`)
    .header('content-security-policy', POLICY)
    .header('referrer-policy', 'no-referrer')
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'no-store')
    .send(text)
}
