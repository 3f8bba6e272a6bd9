// Days and instants of the emulated world, in UTC throughout. A day is its number since 1970.
export const DAY_MS = 86_400_000
export const HOUR_MS = 3_600_000
export const MINUTE_MS = 60_000

/** The household's life begins here; a bank has no older rows. */
export const FIRST_DAY = dayOfDate('2020-01-01')
/** Clocks stay in this range: two years of history behind, an end to what may be computed (L9). */
export const CLOCK_MS_MIN = dayOfDate('2022-01-01') * DAY_MS
export const CLOCK_MS_MAX = dayOfDate('2100-01-01') * DAY_MS

export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

export function dayOfDate(date: string): number {
  return Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY_MS)
}

/** The day that somebody wrote; undefined where there is no such day. */
export function dayOfText(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const day = dayOfDate(text)
  // a month's 31st may be another's first
  const same = !Number.isNaN(day) && new Date(day * DAY_MS).toISOString().startsWith(text)
  return same ? day : undefined
}

const texts = new Map<number, string>()

export function dateText(day: number): string {
  let text = texts.get(day)
  if (text === undefined) {
    text = new Date(day * DAY_MS).toISOString().slice(0, 10)
    texts.set(day, text)
  }
  return text
}

/** Whole seconds with a Z, as Plaid writes instants. */
export function instantText(ms: number): string {
  const day = dayOf(ms)
  const seconds = Math.floor((ms - day * DAY_MS) / 1000)
  const two = (value: number): string => (value < 10 ? `0${value}` : String(value))
  const [h, m] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return `${dateText(day)}T${two(h)}:${two(m)}:${two(seconds % 60)}Z`
}

export interface CalendarDay {
  day: number
  dayOfMonth: number
  month: number
  /** 0 is Sunday. */
  weekday: number
}

export function calendarDay(day: number): CalendarDay {
  const date = new Date(day * DAY_MS)
  return {
    day,
    dayOfMonth: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
  }
}

/** That day of a month, so many months from the month of `day`. */
export function dayInMonth(day: number, months: number, dayOfMonth: number): number {
  const date = new Date(day * DAY_MS)
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, dayOfMonth))
}

/** The first of January of the day's year. */
export function newYear(day: number): number {
  return dayOf(Date.UTC(new Date(day * DAY_MS).getUTCFullYear(), 0, 1))
}
