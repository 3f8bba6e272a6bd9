// API keys over HTTP, for the installation itself: only its own key may name, make or revoke keys,
// since whoever could make one would never be locked out again (scopes.ts).
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { ConfigError, must } from '../../std/errors.ts'
import { randomToken } from '../../std/ids.ts'
import { ScopeName } from '../../std/scope.ts'
import { hashToken } from '../../std/secrets.ts'
import type { ServiceContext } from '../context.ts'
import { keyLimits } from '../../std/key-limits.ts'
import { type ApiKey, KeyList, KeyMade } from '../shapes.ts'
import { findKey, insertKey, listKeys, replaceKey, revokeKey } from '../store/key.ts'
import { failures } from './schema.ts'

const { nameCharsMax, daysMax, perMinuteMax, perMinuteDefault } = keyLimits
const { graceHoursMax, graceHoursDefault } = keyLimits

const keyId = Type.Object({ id: Type.String({ format: 'uuid' }) })
const newKey = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: nameCharsMax,
      pattern: '\\S',
    }),
    scope: Type.Optional(ScopeName),
    days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: daysMax,
        description: 'How long it opens; left out: until it is revoked.',
      }),
    ),
    per_minute_max: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: perMinuteMax,
        description: `Requests a minute, in each process; left out, ${perMinuteDefault}.`,
      }),
    ),
  },
  { additionalProperties: false },
)
const rotation = Type.Object(
  {
    grace_hours: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: graceHoursMax,
        description: `How long the old one still opens; left out, ${graceHoursDefault}.`,
      }),
    ),
  },
  { additionalProperties: false },
)
const listedMax = 1_000

export function keyRoutes(app: FastifyInstance, context: ServiceContext): void {
  const { pool } = context
  makingRoutes(app, context)

  const listed = { summary: 'The API keys; own key only', response: { 200: KeyList } }
  app.get<{ Reply: KeyList }>('/keys', { schema: listed }, async () => ({
    keys: await listKeys(pool, listedMax),
  }))

  const revoked = {
    summary: 'Revokes a key; own key only',
    params: keyId,
    response: { 204: Type.Null(), ...failures(404, 409) },
  }
  app.delete<{ Params: Static<typeof keyId> }>(
    '/keys/:id',
    { schema: revoked },
    async ({ params }, reply) => {
      await revokeKey(pool, (await othersKey(context, params.id)).id)
      return reply.code(204).send()
    },
  )
}

function makingRoutes(app: FastifyInstance, context: ServiceContext): void {
  const { pool } = context
  const made = {
    summary: 'Makes a key, which is shown this once; own key only',
    description: 'A scope holds those before it: `read`, `sync`, `admin`; left out, it is `read`.',
    body: newKey,
    response: { 201: KeyMade },
  }
  app.post<{ Body: Static<typeof newKey>; Reply: KeyMade }>(
    '/keys',
    { schema: made },
    async ({ body }, reply) => {
      const [name, key] = [body.name.trim(), randomToken('tartan_')]
      const { scope = 'read', days = null, per_minute_max: perMinuteMax = perMinuteDefault } = body
      const row = { hash: hashToken(key), name, own: false, scope, days, perMinuteMax }
      const id = must(await insertKey(pool, row), 'a new key is none that was there')
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send(await told(context, id, key))
    },
  )

  const rotated = {
    summary: 'Makes another key with the same rights, shown this once; own key only',
    description: 'The old one still opens for some hours, in which its program is given the new.',
    params: keyId,
    body: Type.Union([rotation, Type.Null()]),
    response: { 201: KeyMade, ...failures(404, 409) },
  }
  type Rotation = { Params: Static<typeof keyId>; Body: Static<typeof rotation> | null }
  app.post<Rotation & { Reply: KeyMade }>(
    '/keys/:id/rotate',
    { schema: rotated },
    async ({ params, body }, reply) => {
      const { id: old } = await othersKey(context, params.id)
      const [key, graceHours] = [randomToken('tartan_'), body?.grace_hours ?? graceHoursDefault]
      const id = await replaceKey(pool, { id: old, hash: hashToken(key), graceHours })
      if (id === undefined) {
        const sentence = 'that key opens no more: make another'
        throw new ConfigError('KEY_ENDED', sentence, { status: 409 })
      }
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send(await told(context, id, key))
    },
  )
}

async function told({ pool }: ServiceContext, id: string, key: string): Promise<KeyMade> {
  const { name, scope, expires_at } = must(await findKey(pool, id), 'it was just made')
  return { id, name, scope, expires_at, key }
}

/** One that is not the installation's own, unless that was revoked. */
async function othersKey({ pool }: ServiceContext, id: string): Promise<ApiKey> {
  const key = await findKey(pool, id)
  if (!key) throw new ConfigError('KEY_UNKNOWN', 'there is no such key', { status: 404 })
  if (!key.own || key.revoked_at !== null) return key
  const sentence = 'that is Tartan’s own: ./tartan keys rotate puts another in its place'
  throw new ConfigError('KEY_OWN', sentence, { status: 409 })
}
