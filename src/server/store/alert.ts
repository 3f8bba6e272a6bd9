// Incidents, messages and silences, in the schema `alert` of Tartan's own database. Times come from
// whoever looks, in milliseconds: one look is one moment.
import { join } from 'node:path'
import { migrate, type Schema } from '../../postgres/migrate.ts'
import type { Pool } from '../../postgres/pool.ts'
import { type Db, exec, many, maybeOne, one, sql } from '../../postgres/query.ts'
import type { Incident, Silence } from '../alerts/judge.ts'

export const alertSchema: Schema = {
  name: 'alert',
  folder: join(import.meta.dirname, '..', 'migrations'),
}

/** Safe from any number of processes at once. */
export async function migrateAlerts(pool: Pool): Promise<void> {
  await migrate(pool, alertSchema)
}

/** True for one of those who look at the same time, until its transaction ends. */
export async function takeTurn(db: Db): Promise<boolean> {
  const { mine } = await one<{ mine: boolean }>(
    db,
    sql`select pg_try_advisory_xact_lock(hashtextextended('tartan:alert turn', 0)) as mine`,
  )
  return mine
}

const incidentColumns = `id, rule, labels, severity, title, detail,
  connection_id as "connectionId", value, ${ms('since')} as since, ${ms('fired_at')} as "firedAt",
  ${ms('well_since')} as "wellSince", ${ms('told_at')} as "toldAt", told_value as "toldValue",
  ${ms('ended_at')} as "endedAt"`

function ms(column: string): string {
  return `(extract(epoch from ${column}) * 1000)::float8`
}

export function openIncidents(db: Db): Promise<Incident[]> {
  return many(db, {
    text: `select ${incidentColumns} from alert.incident where ended_at is null
      order by since, rule, id`,
    values: [],
  })
}

/** The last that are over, newest first. */
export function endedIncidents(db: Db, limit: number): Promise<Incident[]> {
  return many(db, {
    text: `select ${incidentColumns} from alert.incident where ended_at is not null
      order by ended_at desc, id limit $1`,
    values: [limit],
  })
}

export async function keepIncident(db: Db, one: Incident): Promise<void> {
  await exec(
    db,
    sql`insert into alert.incident
          (id, rule, labels, severity, title, detail, connection_id, value, since, fired_at,
           well_since, told_at, told_value, ended_at)
        values (${one.id}, ${one.rule}, ${JSON.stringify(one.labels)}, ${one.severity},
                ${one.title}, ${one.detail}, ${one.connectionId}, ${one.value},
                to_timestamp(${one.since}::float8 / 1000),
                to_timestamp(${one.firedAt}::float8 / 1000),
                to_timestamp(${one.wellSince}::float8 / 1000),
                to_timestamp(${one.toldAt}::float8 / 1000), ${one.toldValue},
                to_timestamp(${one.endedAt}::float8 / 1000))
        on conflict (id) do update
        set severity = excluded.severity, title = excluded.title, detail = excluded.detail,
            connection_id = excluded.connection_id, value = excluded.value,
            fired_at = excluded.fired_at, well_since = excluded.well_since,
            told_at = excluded.told_at, told_value = excluded.told_value,
            ended_at = excluded.ended_at`,
  )
}

export async function forgetIncident(db: Db, id: string): Promise<void> {
  await exec(db, sql`delete from alert.incident where id = ${id}`)
}

export interface HeldSilence extends Silence {
  id: string
  reason: string
  made_by: string
  made_at: string
  ends_at: string
}

export function activeSilences(db: Db, now: number): Promise<HeldSilence[]> {
  return many(
    db,
    sql`select id, rule, labels, reason, made_by, to_json(made_at) #>> '{}' as made_at,
               to_json(ends_at) #>> '{}' as ends_at
        from alert.silence where ends_at > to_timestamp(${now}::float8 / 1000)
        order by ends_at, id`,
  )
}

export type NewSilence = Silence & { reason: string; madeBy: string; endsAt: number }

export async function insertSilence(db: Db, silence: NewSilence): Promise<string> {
  const { rule, labels, reason, madeBy, endsAt } = silence
  const { id } = await one<{ id: string }>(
    db,
    sql`insert into alert.silence (rule, labels, reason, made_by, ends_at)
        values (${rule}, ${labels === null ? null : JSON.stringify(labels)}, ${reason}, ${madeBy},
                to_timestamp(${endsAt}::float8 / 1000))
        returning id`,
  )
  return id
}

/** False where there is no such, or it is over. */
export async function endSilence(db: Db, id: string): Promise<boolean> {
  const ended = await exec(
    db,
    sql`update alert.silence set ends_at = now() where id = ${id} and ends_at > now()`,
  )
  return ended > 0
}

export interface Message {
  id: string
  way: string
  /** JSON text. */
  body: string
  tries: number
  /** Milliseconds since the epoch. */
  createdAt: number
}

export async function insertMessage(
  db: Db,
  { id, way, body, now }: { id: string; way: string; body: object; now: number },
): Promise<void> {
  await exec(
    db,
    sql`insert into alert.message (id, way, body, created_at, next_try_at)
        values (${id}, ${way}, ${JSON.stringify(body)}, to_timestamp(${now}::float8 / 1000),
                to_timestamp(${now}::float8 / 1000))`,
  )
}

/**
 * The oldest that is due, taken for `leaseMs`: whoever dies with it leaves it to the next (at least
 * once), and no two send it at the same time.
 */
export function takeMessage(
  db: Db,
  way: string,
  now: number,
  leaseMs: number,
): Promise<Message | undefined> {
  return maybeOne(
    db,
    sql`update alert.message
        set tries = tries + 1, next_try_at = to_timestamp((${now}::float8 + ${leaseMs}) / 1000)
        where id = (select id from alert.message
                    where way = ${way} and sent_at is null and given_up_at is null
                      and next_try_at <= to_timestamp(${now}::float8 / 1000)
                    order by created_at, id limit 1 for update skip locked)
        returning id, way, body::text as body, tries,
                  (extract(epoch from created_at) * 1000)::float8 as "createdAt"`,
  )
}

export async function markSent(db: Db, id: string, now: number): Promise<void> {
  await exec(
    db,
    sql`update alert.message
        set sent_at = to_timestamp(${now}::float8 / 1000), error = null where id = ${id}`,
  )
}

export async function markUnsent(
  db: Db,
  id: string,
  { error, next, givenUp }: { error: string; next: number; givenUp: number | null },
): Promise<void> {
  await exec(
    db,
    sql`update alert.message
        set error = ${error}, next_try_at = to_timestamp(${next}::float8 / 1000),
            given_up_at = to_timestamp(${givenUp}::float8 / 1000)
        where id = ${id}`,
  )
}

/** Those of ways that there are no more. */
export async function giveUpOthers(db: Db, ways: readonly string[], now: number): Promise<void> {
  await exec(
    db,
    sql`update alert.message
        set given_up_at = to_timestamp(${now}::float8 / 1000), error = 'no such way out any more'
        where sent_at is null and given_up_at is null and way <> all(${ways}::text[])`,
  )
}

export interface WayState {
  way: string
  waiting: number
  /** Milliseconds since the epoch. */
  waitingSince: number | null
  sentAt: number | null
  /** Why the newest that waits or was given up was not taken. */
  error: string | null
}

export function wayStates(db: Db): Promise<WayState[]> {
  return many(
    db,
    sql`select way, (count(*) filter (where sent_at is null and given_up_at is null))::int
                 as waiting,
               (extract(epoch from min(created_at) filter
                 (where sent_at is null and given_up_at is null)) * 1000)::float8
                 as "waitingSince",
               (extract(epoch from max(sent_at)) * 1000)::float8 as "sentAt",
               (array_agg(error order by created_at desc) filter
                 (where sent_at is null and error is not null))[1] as error
        from alert.message group by way order by way`,
  )
}

export interface MessageEnd {
  id: string
  way: string
  sent: boolean
  error: string | null
}

/** How far those have come. */
export function messageEnds(db: Db, ids: readonly string[]): Promise<MessageEnd[]> {
  return many(
    db,
    sql`select id, way, sent_at is not null as sent, error
        from alert.message where id = any(${ids}::uuid[]) order by way`,
  )
}

const incidentDaysKept = 90
const messageDaysKept = 30

/** What nobody looks at any more. */
export async function sweepAlerts(db: Db, now: number): Promise<void> {
  await exec(
    db,
    sql`delete from alert.incident
        where ended_at < to_timestamp(${now}::float8 / 1000)
                           - make_interval(days => ${incidentDaysKept})`,
  )
  await exec(
    db,
    sql`delete from alert.message
        where created_at < to_timestamp(${now}::float8 / 1000)
                             - make_interval(days => ${messageDaysKept})`,
  )
  await exec(
    db,
    sql`delete from alert.silence
        where ends_at < to_timestamp(${now}::float8 / 1000)
                          - make_interval(days => ${incidentDaysKept})`,
  )
}
