// What a person sees of alerts, and does about them: the command line and the web app alike.
import type { Db } from '../../postgres/query.ts'
import { systemClock } from '../../std/clock.ts'
import { ConfigError } from '../../std/errors.ts'
import {
  activeSilences,
  endedIncidents,
  endSilence,
  insertSilence,
  messageEnds,
  type MessageEnd,
  openIncidents,
  wayStates,
} from '../store/alert.ts'
import type { Settings } from '../settings.ts'
import { enqueue } from './delivery.ts'
import { silenceOf, type Incident, type Silence } from './judge.ts'
import { ruleNamed, rules } from './rules.ts'
import type { AlertsView, AlertView, SilenceView } from './shapes.ts'
import { wayNames } from './ways.ts'

const endedMax = 50
const reasonCharsMax = 500
const silenceMsMax = 366 * 24 * 60 * 60_000

export async function readAlerts(db: Db, settings: Settings): Promise<AlertsView> {
  const open = await openIncidents(db)
  const silences = await activeSilences(db, systemClock.now())
  const states = new Map((await wayStates(db)).map((one) => [one.way, one]))
  const view = (one: Incident) => viewOf(one, silences)
  return {
    firing: open.filter(({ firedAt }) => firedAt !== null).map(view),
    pending: open.filter(({ firedAt }) => firedAt === null).map(view),
    ended: (await endedIncidents(db, endedMax)).map(view),
    silences,
    ways: wayNames(settings).map((way) => {
      const state = states.get(way)
      return {
        way,
        waiting: state?.waiting ?? 0,
        waiting_since: isoOrNull(state?.waitingSince),
        sent_at: isoOrNull(state?.sentAt),
        error: state?.error ?? null,
      }
    }),
  }
}

function viewOf(one: Incident, silences: readonly SilenceView[]): AlertView {
  const { id, rule, labels, title, detail, value } = one
  return {
    id,
    rule,
    severity: one.severity as AlertView['severity'],
    labels,
    title,
    detail,
    todo: ruleNamed(rule)?.todo ?? '',
    value,
    since: new Date(one.since).toISOString(),
    fired_at: isoOrNull(one.firedAt),
    told_at: isoOrNull(one.toldAt),
    well_since: isoOrNull(one.wellSince),
    ended_at: isoOrNull(one.endedAt),
    silence_id: silenceOf(one, silences)?.id ?? null,
  }
}

function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString()
}

export interface AskedSilence extends Silence {
  reason: string
  hours: number
}

/** Nothing of it is told until it ends, which it always does. */
export async function silence(db: Db, asked: AskedSilence, madeBy: string): Promise<string> {
  const { rule, labels, hours } = asked
  const reason = asked.reason.trim()
  if (!ruleNamed(rule)) {
    const known = rules.map(({ name }) => name).join(', ')
    throw new ConfigError('RULE_UNKNOWN', `no rule is called ${rule}: ${known}`, { field: 'rule' })
  }
  if (reason === '' || reason.length > reasonCharsMax) {
    const sentence = `a silence needs a reason, of at most ${reasonCharsMax} characters`
    throw new ConfigError('REASON_INVALID', sentence, { field: 'reason' })
  }
  const ms = hours * 3_600_000
  if (!(ms > 0 && ms <= silenceMsMax)) {
    const sentence = 'a silence ends: after some hours, at most a year'
    throw new ConfigError('HOURS_INVALID', sentence, { field: 'hours' })
  }
  return insertSilence(db, { rule, labels, reason, madeBy, endsAt: systemClock.now() + ms })
}

export async function unsilence(db: Db, id: string): Promise<void> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
  if (isId && (await endSilence(db, id))) return
  throw new ConfigError('SILENCE_UNKNOWN', 'there is no such silence, or it is over', {
    status: 404,
  })
}

/** A message by each way, sent as every other is: by the process that looks. */
export async function testWays(db: Db, settings: Settings): Promise<string[]> {
  const ways = wayNames(settings)
  if (ways.length === 0) {
    const sentence =
      'nobody is told: set TARTAN_ALERT_EMAIL, _SLACK, _WEBHOOK, _AIRBYTE_WEBHOOK or _COMMAND, ' +
      'and run make airbyte-start'
    throw new ConfigError('NO_WAY_OUT', sentence, { status: 409 })
  }
  return enqueue(
    db,
    ways.map((name) => ({ name })),
    [],
    systemClock.now(),
  )
}

const lookMs = 200

/** How those messages ended, once all were tried or it takes too long. */
export async function endsOf(db: Db, ids: string[], msMax: number): Promise<MessageEnd[]> {
  const until = systemClock.now() + msMax
  for (;;) {
    const ends = await messageEnds(db, ids)
    if (ends.every(({ sent, error }) => sent || error !== null)) return ends
    if (systemClock.now() > until) return ends
    await systemClock.sleep(lookMs)
  }
}
