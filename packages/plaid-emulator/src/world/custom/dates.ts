// The days of a custom user's JSON. Plaid's Sandbox takes them as they stand, so its own files of
// custom users are dated anew every day: the newest day becomes today, and all others move along.
// Here a file that has grown old, or that is ahead of a clock that stands, is dated anew when the
// Item is made; one whose newest day is near is taken as it stands.
import { dateText, dayOfDate } from '../calendar.ts'

/** The days that move: what Plaid's own script moves. */
const MOVED_FIELDS: ReadonlySet<string> = new Set([
  'date_posted',
  'date_transacted',
  'start_date',
  'end_date',
  'pay_day',
  'pay_date',
  'institution_price_as_of',
  'date',
])
/** Every field that holds a day. */
export const DATE_FIELDS: ReadonlySet<string> = new Set([
  ...MOVED_FIELDS,
  'origination_date',
  'expected_payoff_date',
  'estimated_eligibility_date',
])

/** The day of a field of that name; undefined where it holds none. */
export function dayOfField(
  fields: ReadonlySet<string>,
  name: string,
  value: unknown,
): number | undefined {
  if (typeof value !== 'string' || !fields.has(name) || !DATE.test(value)) return undefined
  return dayOfDate(value)
}
const DATE = /^\d{4}-\d{2}-\d{2}$/

/** So many days before the Item's creation a file is still fresh; so many after it, too. */
const freshDays = { before: 90, after: 30 }

/** The same JSON, its days moved where they must be. */
export function redated<T extends object>(json: T, today: number): T {
  const newest = newestDay(json)
  const apart = newest === undefined ? 0 : newest - today
  if (apart >= -freshDays.before && apart <= freshDays.after) return json
  return moved(json, -apart) as T
}

function newestDay(value: object): number | undefined {
  let newest: number | undefined
  for (const [name, each] of Object.entries(value) as [string, unknown][]) {
    const day = dayIn(name, each)
    if (day !== undefined && (newest === undefined || day > newest)) newest = day
  }
  return newest
}

function dayIn(name: string, value: unknown): number | undefined {
  if (typeof value === 'object' && value !== null) return newestDay(value)
  return dayOfField(MOVED_FIELDS, name, value)
}

function moved(value: unknown, days: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => moved(each, days))
  return Object.fromEntries(
    Object.entries(value).map(([name, each]: [string, unknown]) => {
      const day = dayOfField(MOVED_FIELDS, name, each)
      return [name, day === undefined ? moved(each, days) : dateText(day + days)]
    }),
  )
}
