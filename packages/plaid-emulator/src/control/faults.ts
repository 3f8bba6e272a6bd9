// Faults on order. A rule says which calls it is for, how often and when, and what happens to them:
// an error, a delay, or an answer that does not arrive as it should. The door asks here before it
// works. Chance follows from the seed, time from the world's clock.
import { ConfigError } from '../../../../src/std/errors.ts'
import type { Bank } from '../bank/bank.ts'
import type { WorldClock } from '../bank/clock.ts'
import type { BrokenAnswer, FaultRule, ItemRecord, Selector, StateStore } from '../bank/state.ts'
import { PlaidFault } from '../fault.ts'
import { drawsFor, keyOf } from '../world/random.ts'
import { selected } from './selector.ts'

/** Rules that wait at one time. */
const faultRulesMax = 1_000

/** What may become of an answer. */
export const ANSWERS = {
  dropped: 'the connection is closed before any work is done',
  lost: 'the work is done, and then the connection is closed',
  truncated: 'the connection is closed in the middle of the body',
  malformed: 'half of the JSON, as if it were all of it',
  html: 'a proxy’s HTML page instead of the work, with status 502 or the one that is given',
  mistyped: 'the right body, called text/html',
  slow: 'the body in twenty pieces, over five seconds',
} as const satisfies Record<BrokenAnswer, string>
export const ANSWER_NAMES = Object.keys(ANSWERS) as BrokenAnswer[]

export type NewFault = Omit<FaultRule, 'id' | 'draws'>

export interface Call {
  endpoint: string
  item: ItemRecord | undefined
  institutionId: string | undefined
}

/** What happens to one call. */
export interface Trouble {
  delayMs: number
  fault: PlaidFault | null
  answer: BrokenAnswer | null
  status: number | null
}

export class Faults {
  readonly #store: StateStore
  readonly #clock: WorldClock
  readonly #bank: Bank

  constructor(options: { store: StateStore; clock: WorldClock; bank: Bank }) {
    this.#store = options.store
    this.#clock = options.clock
    this.#bank = options.bank
  }

  /** Those whose time is over are gone. */
  rules(): FaultRule[] {
    const { state } = this.#store
    const now = this.#clock.now()
    state.faults = state.faults.filter((rule) => rule.until === null || rule.until > now)
    return state.faults
  }

  async add(wanted: NewFault): Promise<FaultRule> {
    const { state } = this.#store
    if (this.rules().length >= faultRulesMax) {
      throw new ConfigError('TOO_MANY_FAULTS', `at most ${faultRulesMax} faults may wait`)
    }
    const rule = { ...wanted, id: ++state.faultCount, draws: 0 }
    state.faults.push(rule)
    await this.#store.save()
    return rule
  }

  /** Without an id, all of them. Tells how many went. */
  async clear(id: number | undefined): Promise<number> {
    const { state } = this.#store
    const before = state.faults.length
    state.faults = id === undefined ? [] : state.faults.filter((rule) => rule.id !== id)
    await this.#store.save()
    return before - state.faults.length
  }

  /**
   * What the rules have for this call: delays add up, the first error or broken answer stands. A
   * rule that counts is written down before its fault is met, so that no restart gives it again.
   */
  async meet(call: Call): Promise<Trouble> {
    const trouble: Trouble = { delayMs: 0, fault: null, answer: null, status: null }
    const { state } = this.#store
    let counted = false
    for (const rule of this.rules()) {
      if (!this.#isFor(rule, call)) continue
      const draws = drawsFor(keyOf(`${state.seed}/fault/${rule.id}`), rule.draws++)
      if (!draws.chance(rule.probability)) continue
      if (rule.timesLeft !== null) {
        rule.timesLeft--
        counted = true
      }
      trouble.delayMs += rule.latencyMs + draws.whole(0, rule.jitterMs)
      trouble.status = rule.status
      trouble.answer = rule.answer
      trouble.fault = rule.error && faultOf(rule.error, rule.status)
      if (trouble.answer !== null || trouble.fault !== null) break
    }
    state.faults = state.faults.filter((rule) => rule.timesLeft !== 0)
    if (counted) await this.#store.save()
    return trouble
  }

  #isFor(rule: FaultRule, call: Call): boolean {
    if (rule.from > this.#clock.now() || !isAt(rule.endpoint, call.endpoint)) return false
    if (rule.institutionId !== null && rule.institutionId !== call.institutionId) return false
    return rule.item === null || isSelected(this.#bank, rule.item, call.item)
  }
}

function isSelected(bank: Bank, selector: Selector, item: ItemRecord | undefined): boolean {
  return item !== undefined && selected(bank, selector)?.itemId === item.itemId
}

function faultOf(error: NonNullable<FaultRule['error']>, status: number | null): PlaidFault {
  return new PlaidFault(error.code, {
    message: error.message ?? undefined,
    reason: error.reason ?? undefined,
    status: status ?? undefined,
  })
}

function isAt(pattern: string, endpoint: string): boolean {
  return pattern.endsWith('*') ? endpoint.startsWith(pattern.slice(0, -1)) : endpoint === pattern
}
