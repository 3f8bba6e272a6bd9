// Instants and days as words. A transaction's date has no zone and never becomes an instant of
// this browser's: it is formatted as it stands.
import { locale } from './numbers.ts'

export type Zone = 'local' | 'UTC'

export const localZone = new Intl.DateTimeFormat().resolvedOptions().timeZone

function zoneName(zone: Zone): string {
  return zone === 'UTC' ? 'UTC' : localZone
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** 4 min ago, in 2 h; beyond a day the date. */
export function relative(atMs: number, now: number, zone: Zone): string {
  const ms = now - atMs
  const ahead = ms < 0
  const away = Math.abs(ms)
  if (away < 10_000) return 'just now'
  if (away >= dayMs) return dayAndTime(atMs, zone)
  return ahead ? `in ${span(away)}` : `${span(away)} ago`
}

/** The age alone: 4 min, 9 h, 3 d. */
export function age(atMs: number, now: number): string {
  return span(Math.max(0, now - atMs))
}

function span(ms: number): string {
  if (ms < minuteMs) return `${Math.floor(ms / 1_000)} s`
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`
  if (ms < dayMs) return `${Math.floor(ms / hourMs)} h`
  return `${Math.floor(ms / dayMs)} d`
}

function dayAndTime(atMs: number, zone: Zone): string {
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zoneName(zone),
  }).format(atMs)
}

export function clockTime(atMs: number, zone: Zone, seconds = false): string {
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
    timeZone: zoneName(zone),
  }).format(atMs)
}

/** Both zones, for the hover. */
export function inFull(atMs: number): string {
  const one = (timeZone: string) =>
    new Intl.DateTimeFormat(locale, {
      dateStyle: 'medium',
      timeStyle: 'medium',
      hourCycle: 'h23',
      timeZone,
    }).format(atMs)
  return localZone === 'UTC'
    ? `${one('UTC')} UTC`
    : `${one(localZone)} ${localZone} · ${one('UTC')} UTC`
}

/** A calendar day without a zone, `2026-11-24`. */
export function day(date: string, withYear = false): string {
  const at = Date.parse(`${date.slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(at)) return date
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    ...(withYear ? { year: 'numeric' } : {}),
    timeZone: 'UTC',
  }).format(at)
}

/** Of `2026-11`. */
export function monthName(month: string): string {
  const at = Date.parse(`${month}-01T00:00:00Z`)
  if (Number.isNaN(at)) return month
  return new Intl.DateTimeFormat(locale, {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(at)
}

/** So many up to `2026-03`, the oldest first. */
export function monthsUntil(last: string, count: number): string[] {
  const [year = 0, month = 1] = last.split('-').map(Number)
  return Array.from({ length: count }, (_, i) => {
    const at = new Date(Date.UTC(year, month - count + i, 1))
    return at.toISOString().slice(0, 7)
  })
}
