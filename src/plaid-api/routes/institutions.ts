// The banks themselves: name, colour and logo, asked of Plaid once a month and served from here.
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from '../../std/type.ts'
import { systemClock } from '../../std/clock.ts'
import { ConfigError } from '../../std/errors.ts'
import type { ServiceContext } from '../context.ts'
import { Institution, InstitutionStatus } from '../shapes.ts'
import { institutionDaysMax, readInstitution } from '../ingest/institution.ts'
import { createHealth } from '../item/institution-health.ts'
import { findInstitution, findLogo } from '../store/institution.ts'
import { failures, text } from './schema.ts'

const institutionId = Type.Object({ institution_id: text })

const png = { 'image/png': { schema: Type.Unknown() } }
const logoSchema = {
  summary: 'Its logo, a PNG',
  params: institutionId,
  response: { 200: { content: png }, ...failures(404) },
}

/** A page does not wait longer for a picture. */
const answerMsMax = 5_000

export function institutionRoutes(app: FastifyInstance, context: ServiceContext): void {
  const asking = new Map<string, Promise<void>>()
  const health = createHealth(context)

  app.get<{ Params: Static<typeof institutionId>; Reply: Institution }>(
    '/institutions/:institution_id',
    {
      schema: {
        summary: 'A bank where an Item is linked: name, colour, address, whether it has a logo',
        params: institutionId,
        response: { 200: Institution, ...failures(404) },
      },
    },
    ({ params }) => read(params.institution_id),
  )

  app.get<{ Params: Static<typeof institutionId>; Reply: InstitutionStatus }>(
    '/institutions/:institution_id/status',
    {
      schema: {
        summary: 'How a bank where an Item is linked does for everybody, as Plaid sees it',
        params: institutionId,
        response: { 200: InstitutionStatus, ...failures(404) },
      },
    },
    async ({ params }) => {
      const { institution_id: id } = await read(params.institution_id)
      return { institution_id: id, ...(await health(id)) }
    },
  )

  app.get<{ Params: Static<typeof institutionId> }>(
    '/institutions/:institution_id/logo',
    { schema: logoSchema },
    async ({ params }, reply) => {
      const { has_logo } = await read(params.institution_id)
      const found = has_logo && (await findLogo(context.pool, params.institution_id))
      if (!found) {
        throw new ConfigError('LOGO_UNKNOWN', 'Plaid has no logo of this bank', { status: 404 })
      }
      return reply
        .header('cache-control', 'private, max-age=86400')
        .header('x-content-type-options', 'nosniff')
        .type('image/png')
        .send(found.logo)
    },
  )

  async function read(id: string): Promise<Institution> {
    const known = await findInstitution(context.pool, id, institutionDaysMax)
    if (!known) {
      const sentence = `no Item is linked at ${id}`
      throw new ConfigError('INSTITUTION_UNKNOWN', sentence, { status: 404 })
    }
    const { fresh, ...institution } = known
    if (fresh) return institution
    // However many ask at one time, Plaid is asked once. Where it does not answer (soon), what is
    // known is told, and who asks next asks it again.
    const asked = asking.get(id) ?? readInstitution(context, id).finally(() => asking.delete(id))
    asking.set(id, asked)
    const late = systemClock.sleep(answerMsMax, context.stopping)
    await Promise.race([asked, late]).catch(() => {})
    const now = (await findInstitution(context.pool, id, institutionDaysMax)) ?? known
    const { fresh: _fresh, ...shown } = now
    return shown
  }
}
