// The commands that make things go wrong, and right again.
import { Type } from '../../../../src/std/type.ts'
import { ConfigError } from '../../../../src/std/errors.ts'
import { durationMs } from '../bank/clock.ts'
import { isErrorCode } from '../fault.ts'
import type { Context } from '../context.ts'
import { institutionById } from '../world/institutions.ts'
import { command, type Command, type Given } from './command.ts'
import { ANSWER_NAMES, type NewFault } from './faults.ts'
import { RATES } from './rate-limits.ts'
import { itemSelector } from './selector.ts'

const duration = Type.String({ maxLength: 20 })
const institutionId = Type.String({ minLength: 1, maxLength: 100 })
/** What a request may be kept waiting for. */
const latencyMsMax = 600_000
const ms = Type.Optional(Type.Integer({ minimum: 0, maximum: latencyMsMax }))

const FAULT = {
  endpoint: Type.Optional(Type.String({ pattern: '^(/[^*]*\\*?|\\*)$', maxLength: 200 })),
  item_id: Type.Optional(itemSelector),
  institution_id: Type.Optional(institutionId),
  error_code: Type.Optional(Type.String({ maxLength: 100 })),
  error_message: Type.Optional(Type.String({ maxLength: 1_000 })),
  error_code_reason: Type.Optional(
    Type.Enum(['OAUTH_INVALID_TOKEN', 'OAUTH_CONSENT_EXPIRED', 'OAUTH_USER_REVOKED']),
  ),
  answer: Type.Optional(Type.Enum(ANSWER_NAMES)),
  status: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
  latency_ms: ms,
  jitter_ms: ms,
  times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  after: Type.Optional(duration),
  for: Type.Optional(duration),
}
type GivenFault = Given<typeof FAULT>

export const faultCommands: readonly Command[] = [
  command({
    name: 'fault',
    doc:
      'Lets calls fail: with an error_code, after a latency, or with a broken answer; once, ' +
      'unless times, a probability or a time (for) is given.',
    fields: FAULT,
    short: 'error_code',
    check: checkFault,
    run: async (context, given) => {
      const { id } = await context.faults.add(faultOf(context, given))
      return { fault_id: id, waiting: context.faults.rules().length }
    },
  }),
  command({
    name: 'clear_faults',
    doc: 'Takes a fault back by its id; without one, all of them.',
    fields: { fault_id: Type.Optional(Type.Integer({ minimum: 1 })) },
    short: 'fault_id',
    run: async ({ faults }, { fault_id }) => ({ cleared: await faults.clear(fault_id) }),
  }),
  command({
    name: 'maintenance',
    doc: 'Plaid is in planned maintenance for so long: every endpoint answers 503.',
    fields: { duration },
    short: 'duration',
    check: ({ duration }) => void durationMs(duration),
    run: async (context, { duration }) => {
      const given: GivenFault = { error_code: 'PLANNED_MAINTENANCE', for: duration }
      return { fault_id: (await context.faults.add(faultOf(context, given))).id }
    },
  }),
  command({
    name: 'institution',
    doc:
      'Says how an institution does: down, it answers nothing; degraded, every other call on the ' +
      'average fails; healthy, all is well.',
    fields: { institution_id: institutionId, health: Type.Enum(['healthy', 'degraded', 'down']) },
    run: async (context, { institution_id, health }) => {
      if (institutionById(institution_id) === undefined) {
        const detail = { status: 404, field: 'institution_id' }
        throw new ConfigError('INSTITUTION_NOT_FOUND', 'there is no such institution', detail)
      }
      await context.health.set(institution_id, HEALTH[health])
      return { institution_id, health }
    },
  }),
  command({
    name: 'rate_limits',
    doc: 'Keeps Plaid’s rate limits, those of its sandbox or of production, or none.',
    fields: { rates: Type.Enum([...RATES]) },
    short: 'rates',
    run: ({ limits }, { rates }) => {
      limits.rates = rates
      return { rates }
    },
  }),
]

const HEALTH = { healthy: 'HEALTHY', degraded: 'DEGRADED', down: 'DOWN' } as const

function checkFault(given: GivenFault): void {
  const { error_code, answer, latency_ms = 0, jitter_ms = 0 } = given
  if (error_code !== undefined && !isErrorCode(error_code)) {
    throw wrong('error_code', 'must be one of Plaid’s error codes')
  }
  if (error_code !== undefined && answer !== undefined) {
    throw wrong('answer', 'cannot go with error_code: a fault is one of them')
  }
  if (error_code === undefined && answer === undefined && latency_ms + jitter_ms === 0) {
    throw wrong('error_code', 'is missing: a fault has an error_code, an answer or a latency_ms')
  }
  for (const time of [given.after, given.for]) if (time !== undefined) durationMs(time)
}

function wrong(field: string, what: string): ConfigError {
  return new ConfigError('COMMAND_INVALID', `fault.${field} ${what}`, { field })
}

function faultOf({ clock }: Context, given: GivenFault): NewFault {
  const { error_code, error_message = null, error_code_reason = null } = given
  const from = clock.now() + (given.after === undefined ? 0 : durationMs(given.after))
  const endless = given.probability !== undefined || given.for !== undefined
  return {
    endpoint: given.endpoint ?? '*',
    item: given.item_id ?? null,
    institutionId: given.institution_id ?? null,
    timesLeft: given.times ?? (endless ? null : 1),
    probability: given.probability ?? 1,
    from,
    until: given.for === undefined ? null : from + durationMs(given.for),
    error:
      error_code === undefined
        ? null
        : { code: error_code, message: error_message, reason: error_code_reason },
    answer: given.answer ?? null,
    status: given.status ?? null,
    latencyMs: given.latency_ms ?? 0,
    jitterMs: given.jitter_ms ?? 0,
  }
}
