// Who may enter, who is in, and what was done: sessions, people, invitations, the audit.
import { type Static, Type } from '../../std/type.ts'
import { ConfigError } from '../../std/errors.ts'
import { randomToken } from '../../std/ids.ts'
import { hashToken } from '../../std/secrets.ts'
import type { WebContext } from '../context.ts'
import { sessionOfRequest } from '../door/door.ts'
import { listAudit } from '../../postgres/audit.ts'
import { deleteInvite, insertInvite, listInvites } from '../store/login.ts'
import {
  changePerson,
  deletePerson,
  findByEmail,
  findPerson,
  listPersons,
  otherAdmins,
} from '../store/person.ts'
import { deleteSession, listSessions, sessionsOf } from '../store/session.ts'
import { readSettings, writeSetting } from '../store/setting.ts'
import type { Handlers } from './route.ts'
import { normal } from './session.ts'
import { type Person, type Role, roles } from '../shapes.ts'

const strict = { additionalProperties: false }
const Id = Type.Object({ id: Type.String({ format: 'uuid' }) })
const RoleName = Type.Unsafe<Role>({ type: 'string', enum: [...roles] })
const Name = Type.String({ minLength: 1, maxLength: 200 })
const Invitation = Type.Object(
  { email: Type.String({ minLength: 3, maxLength: 320, pattern: '^\\S+@\\S+$' }), role: RoleName },
  strict,
)
const Change = Type.Object(
  {
    name: Type.Optional(Name),
    role: Type.Optional(RoleName),
    disabled: Type.Optional(Type.Boolean()),
  },
  strict,
)
const AuditQuery = Type.Object(
  { before: Type.Optional(Type.String({ pattern: '^[0-9]{1,18}$' })) },
  strict,
)
const SettingName = Type.Object({ name: Type.String({ pattern: '^[a-z][a-z0-9._-]{0,62}$' }) })
const Setting = Type.Object({ value: Type.Unknown() }, strict)

const inviteMsMax = 48 * 3_600_000
const auditRowsMax = 100
const settingCharsMax = 100_000

export function peopleRoutes(context: WebContext, ended: (sessionId: string) => void) {
  const { pool } = context
  return {
    ...ownRoutes(context, ended),
    'GET /web/users': { handler: async () => ({ users: await listPersons(pool) }) },
    'PATCH /web/users/:id': {
      schema: { params: Id, body: Change },
      handler: async (request) => {
        const { id } = request.params as Static<typeof Id>
        const { name = null, role = null, disabled = null } = request.body as Static<typeof Change>
        const person = await personOf(context, id)
        request.audited = { user: person.name, ...(request.body as Static<typeof Change>) }
        if ((role !== null && role !== 'admin') || disabled === true) {
          await requireOtherAdmin(context, person)
        }
        await changePerson(pool, id, { name, role, disabled })
        if (disabled === true) await endAll(context, ended, id)
        return findPerson(pool, id)
      },
    },
    'DELETE /web/users/:id': {
      schema: { params: Id },
      handler: async (request, reply) => {
        const { id } = request.params as Static<typeof Id>
        const person = await personOf(context, id)
        request.audited = { user: person.name }
        await requireOtherAdmin(context, person)
        await endAll(context, ended, id)
        await deletePerson(pool, id)
        return reply.code(204).send()
      },
    },
    'GET /web/invites': { handler: async () => ({ invites: await listInvites(pool) }) },
    'POST /web/invites': {
      schema: { body: Invitation },
      handler: async (request, reply) => {
        const { email, role } = request.body as Static<typeof Invitation>
        const found = await findByEmail(pool, normal(email))
        if (found && found.kind === 'member' && found.disabled_at === null) {
          const sentence = `${email} is a member already`
          throw new ConfigError('MEMBER_ALREADY', sentence, { status: 409, field: 'email' })
        }
        const code = randomToken()
        const { name: invitedBy } = sessionOfRequest(request)
        request.audited = { email, role }
        const asked = { hash: hashToken(code), email: normal(email), role, invitedBy }
        const invite = await insertInvite(pool, { ...asked, msMax: inviteMsMax })
        const base = context.place.publicUrl?.href ?? `${request.place.origin}/`
        return reply.code(201).send({ ...invite, link: `${base}login#${code}` })
      },
    },
    'DELETE /web/invites/:id': {
      schema: { params: Id },
      handler: async (request, reply) => {
        const { id } = request.params as Static<typeof Id>
        if (await deleteInvite(pool, id)) return reply.code(204).send()
        throw missing('invitation')
      },
    },
    'GET /web/audit': {
      schema: { querystring: AuditQuery },
      handler: async (request) => {
        const { before = null } = request.query as Static<typeof AuditQuery>
        const entries = await listAudit(pool, before, auditRowsMax)
        return { entries, next: entries.length < auditRowsMax ? null : entries.at(-1)?.id }
      },
    },
  } satisfies Handlers
}

/** What everybody has: their own sessions, and what the app remembers for them. */
function ownRoutes({ pool }: WebContext, ended: (sessionId: string) => void) {
  return {
    'GET /web/sessions': {
      handler: async (request) => {
        const { id, person_id, role } = sessionOfRequest(request)
        const sessions = await listSessions(pool, role === 'admin' ? null : person_id)
        return { sessions: sessions.map((one) => ({ ...one, current: one.id === id })) }
      },
    },
    'DELETE /web/sessions/:id': {
      schema: { params: Id },
      handler: async (request, reply) => {
        const { id } = request.params as Static<typeof Id>
        const { person_id, role } = sessionOfRequest(request)
        const isEnded = await deleteSession(pool, id, role === 'admin' ? null : person_id)
        if (!isEnded) throw missing('session')
        ended(id)
        return reply.code(204).send()
      },
    },
    'GET /web/settings': {
      handler: async (request) => readSettings(pool, sessionOfRequest(request).person_id),
    },
    'PUT /web/settings/:name': {
      schema: { params: SettingName, body: Setting },
      handler: async (request, reply) => {
        const { name } = request.params as Static<typeof SettingName>
        const text = JSON.stringify((request.body as Static<typeof Setting>).value ?? null)
        if (text.length > settingCharsMax) {
          throw new ConfigError('SETTING_TOO_LONG', 'that is too much to remember', {
            status: 413,
            field: 'value',
          })
        }
        await writeSetting(pool, sessionOfRequest(request).person_id, name, text)
        return reply.code(204).send()
      },
    },
  } satisfies Handlers
}

async function personOf({ pool }: WebContext, id: string): Promise<Person> {
  const person = await findPerson(pool, id)
  if (person) return person
  throw missing('user')
}

function missing(what: string): ConfigError {
  return new ConfigError('NOT_FOUND', `there is no such ${what}`, { status: 404 })
}

async function requireOtherAdmin({ pool }: WebContext, person: Person): Promise<void> {
  if (person.kind === 'owner') {
    const sentence = 'whoever holds the machine stays its admin: ./tartan open lets them in'
    throw new ConfigError('OWNER_STAYS', sentence, { status: 409 })
  }
  if (person.role !== 'admin' || (await otherAdmins(pool, person.id)) > 0) return
  throw new ConfigError('LAST_ADMIN', 'somebody must stay an admin', { status: 409 })
}

async function endAll(
  { pool }: WebContext,
  ended: (sessionId: string) => void,
  personId: string,
): Promise<void> {
  for (const id of await sessionsOf(pool, personId)) {
    await deleteSession(pool, id, null)
    ended(id)
  }
}
