// The emulated world's clock: it runs with the machine's, or stands still; either way it can be
// moved forward, and never goes back, since what a bank has shown cannot be unseen.
import type { Clock } from '../../../../src/std/clock.ts'
import { ConfigError } from '../../../../src/std/errors.ts'
import {
  CLOCK_MS_MAX,
  CLOCK_MS_MIN,
  dayOfText,
  DAY_MS,
  HOUR_MS,
  instantText,
  MINUTE_MS,
} from '../world/calendar.ts'

export type SavedClock = { offsetMs: number } | { standsAtMs: number }

export interface WorldClock {
  now(): number
  /** Moves forward to that instant, unless it has passed already. */
  reach(at: number): void
  /** Throws where the clock may not go. */
  check(at: number): void
  saved(): SavedClock
  readonly stands: boolean
  /** Stands still from now on, or goes on from where it stands. */
  set(stands: boolean): void
}

/** A standing clock begins at noon of its first day. */
const NOON_MS = DAY_MS / 2

export function firstClock(startDate: string | undefined): SavedClock {
  if (startDate === undefined) return { offsetMs: 0 }
  const day = dayOfText(startDate)
  if (day === undefined) {
    throw new ConfigError('START_DATE_INVALID', 'the start date must look like 2026-01-31')
  }
  return { standsAtMs: day * DAY_MS + NOON_MS }
}

export function createWorldClock(machine: Clock, from: SavedClock): WorldClock {
  let stands = 'standsAtMs' in from
  let offset = 'standsAtMs' in from ? from.standsAtMs : from.offsetMs
  let latest = 0
  const read = (): number => {
    latest = Math.max(latest, stands ? offset : machine.now() + offset)
    return latest
  }
  inRange(read())
  return {
    get stands() {
      return stands
    },
    set: (next) => {
      const now = read()
      stands = next
      offset = next ? now : now - machine.now()
    },
    now: read,
    reach: (at) => {
      inRange(at)
      offset += Math.max(0, at - read())
    },
    check: inRange,
    saved: () => (stands ? { standsAtMs: offset } : { offsetMs: offset }),
  }
}

function inRange(ms: number): void {
  if (ms >= CLOCK_MS_MIN && ms < CLOCK_MS_MAX) return
  const [from, to] = [instantText(CLOCK_MS_MIN), instantText(CLOCK_MS_MAX)]
  throw new ConfigError(
    'CLOCK_OUT_OF_RANGE',
    `the emulator's clock must lie between ${from} and ${to}`,
    { field: 'duration' },
  )
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
}

/** `30d`, `6h`, `15m`, `20s` in milliseconds. */
export function durationMs(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const unitMs = UNIT_MS[unit ?? '']
  if (count === undefined || unitMs === undefined) {
    throw new ConfigError('DURATION_INVALID', 'a duration looks like 30d, 6h, 15m or 20s', {
      field: 'duration',
    })
  }
  return Number(count) * unitMs
}
