// When a connection runs (pure). Airbyte's cron expressions are Quartz's: seconds first, weekdays
// counted from Sunday = 1, `a/b` steps and ranges that wrap; croner reads standard cron, so the
// expression is rewritten field by field. Five fields are read as standard cron.
import { Cron } from 'croner'
import { ConfigError } from '../../std/errors.ts'
import type { Schedule, TimeUnit } from '../store/connection.ts'

/** Refuses what is not a schedule (any more), and what runs more often than once an hour. */
export function cronSchedule(cronExpression: string, nowMs: number): Schedule {
  const schedule: Schedule = { scheduleType: 'cron', cronExpression }
  if (atMostHourly(cronExpression) && nextCron(cronExpression, nowMs) !== undefined) return schedule
  throw new ConfigError(
    'CRON_INVALID',
    `The cron expression ${cronExpression} is not valid or is less than the one hour minimum. ` +
      'The seconds and minutes values cannot be `*`.',
    { field: 'schedule.cronExpression' },
  )
}

/** The first time strictly after `afterMs` (milliseconds since the epoch, UTC). */
export function nextRunMs(schedule: Schedule, afterMs: number): number | undefined {
  if (schedule.scheduleType === 'manual') return undefined
  if (schedule.scheduleType === 'cron') return nextCron(schedule.cronExpression, afterMs)
  return afterMs + schedule.units * UNIT_MS[schedule.timeUnit]
}

const HOUR_MS = 60 * 60_000
const UNIT_MS: Record<TimeUnit, number> = {
  minutes: 60_000,
  hours: HOUR_MS,
  days: 24 * HOUR_MS,
  weeks: 7 * 24 * HOUR_MS,
  months: 30 * 24 * HOUR_MS,
}

function fieldsOf(expression: string): string[] {
  return expression
    .trim()
    .replace(/\s+UTC$/i, '')
    .split(/\s+/)
}

function atMostHourly(expression: string): boolean {
  const fields = fieldsOf(expression)
  const fast = fields.slice(0, fields.length === 5 ? 1 : 2)
  return fast.every((field) => /^\d{1,2}$/.test(field))
}

function nextCron(expression: string, afterMs: number): number | undefined {
  const fields = fieldsOf(expression)
  if (fields.length < 5 || fields.length > 7) return undefined
  try {
    const cron =
      fields.length === 5
        ? new Cron(fields.join(' '), { timezone: 'UTC', paused: true })
        : new Cron(quartz(fields), { timezone: 'UTC', paused: true, alternativeWeekdays: true })
    return cron.nextRun(new Date(afterMs))?.getTime()
  } catch {
    return undefined
  }
}

interface Field {
  min: number
  max: number
  names?: readonly string[]
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const FIELDS: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 1, max: 7, names: WEEKDAYS },
  { min: 1970, max: 2099 },
]

/** A Quartz expression as croner reads it, given `alternativeWeekdays`. */
function quartz(fields: string[]): string {
  const rewritten = fields.map((field, i) => {
    const of = FIELDS[i]
    if (!of) return field
    const parts = field.split(',').map((part) => rewrite(part.toUpperCase(), of))
    return parts.join(',')
  })
  return rewritten.join(' ')
}

function rewrite(part: string, field: Field): string {
  if (part === '?') return '*'
  const numbers = (field.names ?? []).reduce(
    (text, name, i) => text.replaceAll(name, String(i + field.min)),
    part,
  )
  // Alone, a weekday's L is the week's last day, Saturday.
  if (numbers === 'L' && field.names === WEEKDAYS) return '7'
  const match = /^(\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(numbers)
  if (!match) return numbers
  const [, from, to, step] = match
  if (to === undefined) return step === undefined ? numbers : `${from}-${field.max}/${step}`
  if (Number(from) <= Number(to)) return numbers
  return wrapped(Number(from), Number(to), Number(step ?? 1), field).join(',')
}

/** A range over the field's end, value by value. */
function wrapped(from: number, to: number, step: number, field: Field): number[] {
  const size = field.max - field.min + 1
  const values: number[] = []
  for (let at = from; at <= to + size; at += Math.max(1, step)) {
    values.push(at > field.max ? at - size : at)
  }
  return values
}
