// Getting in and out: a session is opened by being at this machine (emulated world only), by a
// code that opens once, by a password, or by a proxy's signed assertion. Each opening makes a new
// session and ends the one that the browser had (no fixation).
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { ConfigError } from '../../std/errors.ts'
import { window } from '../../std/window.ts'
import { randomToken } from '../../std/ids.ts'
import { hashToken } from '../../std/secrets.ts'
import type { WebContext } from '../context.ts'
import { tooMany } from '../door/door.ts'
import { cookieName, readCookie, setCookie } from '../session/cookie.ts'
import { hashPassword, isPassword, requirePassword } from '../session/password.ts'
import { writeAudit } from '../../postgres/audit.ts'
import { deleteInvite, findInvite, takeLoginCode } from '../store/login.ts'
import { findByEmail, findPerson, ownerId, putMember, putProxied } from '../store/person.ts'
import { ageMsMax, deleteSessionByHash, insertSession } from '../store/session.ts'
import type { Handlers } from './route.ts'

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const Login = Type.Object(
  {
    code: Type.Optional(Text(100)),
    name: Type.Optional(Text(200)),
    email: Type.Optional(Text(320)),
    password: Type.Optional(Text(1_000)),
  },
  { additionalProperties: false },
)

const triesMax = 5
const minuteMs = 60_000
const agentCharsMax = 200

export function sessionRoutes(context: WebContext, ended: (sessionId: string) => void) {
  const byAddress = window(triesMax, minuteMs)
  const byAccount = window(triesMax, minuteMs)
  const limited = (tries: typeof byAddress, name: string) => {
    const wait = tries.take(name)
    if (wait !== undefined) throw tooMany(wait, `${triesMax} tries a minute are the limit`)
  }

  return {
    'GET /web/session': {
      handler: async (request) => {
        const { session, place } = request
        const shared = {
          world: context.world,
          sql: context.sql,
          open: canEnter(context, request),
          proxy: context.proxyLogin !== undefined,
          zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          secure: place.secure,
        }
        // no error: a browser's console would show one at every first visit
        if (!session) return { user: null, ...shared }
        const { person_id: id, name, role } = session
        const bankDate = await context.bankDate()
        const bank = bankDate === undefined ? {} : { bank_date: bankDate }
        return { user: { id, name, role }, ...shared, ...bank, version: context.version }
      },
    },
    'POST /web/enter': {
      handler: async (request, reply) => {
        if (canEnter(context, request)) {
          return open(context, ended, request, reply, await ownerId(context.pool), 'enter')
        }
        const assertion = assertionOf(context, request)
        if (assertion === undefined || !context.proxyLogin) {
          const sentence = 'a login is needed here: ./tartan open makes a link for it'
          throw new ConfigError('LOGIN_NEEDED', sentence, { status: 403 })
        }
        limited(byAddress, request.place.address)
        const identity = await context.proxyLogin.identify(assertion)
        const personId = await putProxied(context.pool, identity)
        if (personId !== undefined) {
          return open(context, ended, request, reply, personId, 'enter by proxy')
        }
        const sentence = `${identity.email} is not let in: an admin invites, or a group says so`
        throw new ConfigError('NOT_INVITED', sentence, { status: 403 })
      },
    },
    'POST /web/login': {
      schema: { body: Login },
      handler: async (request, reply) => {
        const body = request.body as Static<typeof Login>
        limited(byAddress, request.place.address)
        if (body.email !== undefined) limited(byAccount, body.email.toLowerCase())
        const told = await invitedOf(context, body)
        if (told !== undefined) return told
        const [personId, how] = await personOf(context, body)
        return open(context, ended, request, reply, personId, how)
      },
    },
    'POST /web/logout': {
      handler: async (request, reply) => {
        await endOwn(context, ended, request)
        const { secure } = request.place
        reply.header('set-cookie', setCookie(cookieName(context.place.port, secure), '', secure, 0))
        return reply.code(204).send()
      },
    },
  } satisfies Handlers
}

/** Somebody sits at this machine, and the world is the emulated one. */
function canEnter({ open }: WebContext, { place }: FastifyRequest): boolean {
  return open && place.local
}

function assertionOf({ proxyLogin }: WebContext, request: FastifyRequest): string | undefined {
  const value = proxyLogin && request.headers[proxyLogin.header]
  return typeof value === 'string' ? value : undefined
}

/** Whom a code invites who has yet to choose a password. No error: a browser's console would show
 * one at every invitation. */
async function invitedOf(
  { pool }: WebContext,
  { code, password }: Static<typeof Login>,
): Promise<{ user: null; invited: string } | undefined> {
  if (code === undefined || password !== undefined) return undefined
  const invite = await findInvite(pool, hashToken(code))
  return invite && { user: null, invited: invite.email }
}

async function personOf(
  context: WebContext,
  { code, name, email, password }: Static<typeof Login>,
): Promise<[personId: string, how: string]> {
  if (code === undefined) {
    const found = email === undefined ? undefined : await findByEmail(context.pool, normal(email))
    const isRight = await isPassword(password ?? '', found?.password ?? null)
    if (found && isRight && found.disabled_at === null) return [found.id, 'login by password']
    const sentence = 'e-mail address or password is wrong'
    throw new ConfigError('LOGIN_REFUSED', sentence, { status: 401 })
  }
  const hash = hashToken(code)
  const ownersId = await takeLoginCode(context.pool, hash)
  if (ownersId !== undefined) return [ownersId, 'login by link']
  const invite = await findInvite(context.pool, hash)
  if (!invite) {
    const sentence = 'this link has been used or is too old: ./tartan open makes another'
    throw new ConfigError('CODE_REFUSED', sentence, { status: 401 })
  }
  const chosen = password ?? ''
  requirePassword(chosen)
  const kept = await hashPassword(chosen)
  if (!(await deleteInvite(context.pool, invite.id))) {
    throw new ConfigError('CODE_REFUSED', 'this link has been used', { status: 401 })
  }
  const member = { name: name?.trim() || invite.email, email: invite.email, role: invite.role }
  return [await putMember(context.pool, { ...member, password: kept }), 'join by invitation']
}

export function normal(email: string): string {
  return email.trim().toLowerCase()
}

async function open(
  context: WebContext,
  ended: (sessionId: string) => void,
  request: FastifyRequest,
  reply: FastifyReply,
  personId: string,
  how: string,
): Promise<FastifyReply> {
  await endOwn(context, ended, request)
  const token = randomToken()
  const { address, secure } = request.place
  await insertSession(context.pool, {
    hash: hashToken(token),
    personId,
    address,
    userAgent: (request.headers['user-agent'] ?? '').slice(0, agentCharsMax),
  })
  const person = await findPerson(context.pool, personId)
  const [id, name, role] = [personId, person?.name ?? '', person?.role ?? 'viewer']
  await writeAudit(context.pool, {
    place: 'web',
    person: name,
    action: how,
    detail: { address },
    status: 200,
  })
  const cookie = cookieName(context.place.port, secure)
  reply.header('set-cookie', setCookie(cookie, token, secure, ageMsMax))
  return reply.send({ user: { id, name, role } })
}

async function endOwn(
  context: WebContext,
  ended: (sessionId: string) => void,
  request: FastifyRequest,
): Promise<void> {
  const name = cookieName(context.place.port, request.place.secure)
  const token = readCookie(request.headers.cookie, name)
  if (token === undefined) return
  const id = await deleteSessionByHash(context.pool, hashToken(token))
  if (id !== undefined) ended(id)
}
