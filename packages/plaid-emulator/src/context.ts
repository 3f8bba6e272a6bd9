// What the endpoints work with.
import type { EventLog } from '../../../src/std/event-log.ts'
import type { Secret } from '../../../src/std/secrets.ts'
import type { Bank } from './bank/bank.ts'
import type { WorldClock } from './bank/clock.ts'
import type { Health } from './bank/health.ts'
import type { Faults } from './control/faults.ts'
import type { RateLimits } from './control/rate-limits.ts'
import type { Links } from './bank/links.ts'
import type { LinkSessions } from './link/sessions.ts'
import type { Ticker } from './ticker.ts'
import type { Webhooks } from './webhooks/webhooks.ts'
import type { RequestLog } from './admin/request-log.ts'

/** A scenario as what knows no commands sees it: `control/timeline.ts` runs its steps. */
export interface Story {
  /** Moves the clock, from step to step. */
  advance(ms: number): Promise<void>
  /** Goes on by itself, where the clock runs. */
  follow(): void
  report(): StoryReport | null
}

export interface StoryReport {
  file: string
  steps: number
  done: number
  failed: { line: number; message: string }[]
}

export interface Context {
  bank: Bank
  links: Links
  linkSessions: LinkSessions
  clock: WorldClock
  webhooks: Webhooks
  health: Health
  faults: Faults
  limits: RateLimits
  requests: RequestLog
  timeline: Story
  /** Which commands were run. */
  events: EventLog
  /** Moves the clock, and does what time does. */
  ticker: Ticker
  /** Where the Hosted Link page is reached. */
  publicUrl(): string
  /** Undefined takes any credentials that are not empty. */
  keys: { clientId: string; secret: Secret } | undefined
}
