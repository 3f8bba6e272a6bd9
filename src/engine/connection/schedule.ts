// When a connection runs (pure). Airbyte's cron expressions are Quartz's: seconds first, weekdays
// counted from Sunday = 1, `a/b` steps and ranges that wrap; croner reads standard cron, so the
// expression is rewritten field by field. Five fields are read as standard cron. A time zone may
// follow the fields; without one it is UTC. On the day of a change of clocks a local time that does
// not exist runs when the clock has jumped, and one that exists twice runs once.
import { Cron } from 'croner'
import { ConfigError } from '../../std/errors.ts'
import type { Schedule } from '../store/connection.ts'
import type { TimeUnit } from '../store/shapes.ts'

/** Refuses what is not a schedule (any more), and what runs more often than once an hour. */
export function cronSchedule(cronExpression: string, nowMs: number): Schedule {
  const wrong = complaint(cronExpression, nowMs)
  if (wrong === undefined) return { scheduleType: 'cron', cronExpression }
  throw new ConfigError('CRON_INVALID', `The cron expression ${cronExpression} ${wrong}`, {
    field: 'schedule.cronExpression',
  })
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

/** The fields, and the time zone that may stand behind them. */
export function cronParts(expression: string): { fields: string[]; zone: string } {
  const fields = expression.trim().split(/\s+/)
  const last = fields.at(-1) ?? ''
  // A zone has letters that no field has: a weekday or a month is one of Quartz's short names.
  const isNamed = /[a-z]{2}/i.test(last) && !NAMED_FIELD.test(last)
  const isZone = fields.length > 5 && (isNamed || /^[+-]\d{1,2}:?\d*$/.test(last))
  return isZone ? { fields: fields.slice(0, -1), zone: last } : { fields, zone: 'UTC' }
}

/** Why the expression is refused, or undefined. */
function complaint(expression: string, nowMs: number): string | undefined {
  const { fields, zone } = cronParts(expression)
  const [, before, wanted] = /^(\w+=)(.*)$/.exec(fields[0] ?? '') ?? []
  if (before !== undefined) {
    const right = [...fields.slice(1), wanted].join(' ')
    return `has ${before} before its fields; a time zone stands behind them: ${right}`
  }
  if (!isZone(zone)) return `names the time zone ${zone}, which is none; one is Europe/Paris.`
  if (fields.length < 5 || fields.length > 7) {
    return (
      `is not valid: it has ${fields.length} fields. Quartz has six or seven (seconds, minutes, ` +
      'hours, day of the month, month, weekday, year), and a time zone may follow.'
    )
  }
  const fast = fields.slice(0, fields.length === 5 ? 1 : 2)
  if (!fast.every((field) => /^\d{1,2}$/.test(field))) {
    return (
      'is less than the one hour minimum. The seconds and minutes values must be one number each ' +
      'and cannot be `*`.'
    )
  }
  const cron = cronOf(fields, zone)
  if (cron instanceof Error) return `is not valid: ${cron.message.replace(/^CronPattern: /, '')}.`
  return cron.nextRun(new Date(nowMs)) ? undefined : 'never runs again.'
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone }).format()
    return true
  } catch {
    return false
  }
}

function nextCron(expression: string, afterMs: number): number | undefined {
  const { fields, zone } = cronParts(expression)
  const cron = cronOf(fields, zone)
  return cron instanceof Error ? undefined : cron.nextRun(new Date(afterMs))?.getTime()
}

function cronOf(fields: string[], timezone: string): Cron | Error {
  const standard = fields.length === 5
  try {
    return standard
      ? new Cron(fields.join(' '), { timezone, paused: true })
      : new Cron(quartz(fields), { timezone, paused: true, alternativeWeekdays: true })
  } catch (error) {
    return error as Error
  }
}

interface Field {
  name: string
  min: number
  max: number
  names?: readonly string[]
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const NAMED_FIELD = new RegExp(`^(${[...MONTHS, ...WEEKDAYS].join('|')}|LW|[0-9LW#,/*?-])+$`, 'i')
const FIELDS: readonly Field[] = [
  { name: 'second', min: 0, max: 59 },
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'weekday', min: 1, max: 7, names: WEEKDAYS },
  { name: 'year', min: 1970, max: 2099 },
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
  for (const value of numbers.split(/[/#]/, 1)[0]?.match(/\d+/g) ?? []) {
    if (Number(value) >= field.min && Number(value) <= field.max) continue
    throw new Error(`its ${field.name} is ${value}, of ${field.min} to ${field.max}`)
  }
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
