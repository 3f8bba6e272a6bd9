// How the institutions do: by nature, or as it was ordered, which counts for more. One that is down
// answers nothing: no sign-in, and nothing that its Items would ask of it.
import { PlaidFault } from '../fault.ts'
import { type Institution, institutionById } from '../world/institutions.ts'
import { drawsFor, keyOf } from '../world/random.ts'
import type { WorldClock } from './clock.ts'
import type { StateStore } from './state.ts'

type HealthStatus = Institution['health']

/** How many of the calls to a degraded institution fail. */
export const degradedFailures = 0.5

export class Health {
  readonly #store: StateStore
  readonly #clock: WorldClock
  #calls = 0

  constructor(options: { store: StateStore; clock: WorldClock }) {
    this.#store = options.store
    this.#clock = options.clock
  }

  /** `since` is null where it was never otherwise. */
  of(institutionId: string): { status: HealthStatus; since: number | null } {
    const ordered = this.#store.state.health[institutionId]
    if (ordered !== undefined) return ordered
    return { status: institutionById(institutionId)?.health ?? 'HEALTHY', since: null }
  }

  async set(institutionId: string, status: HealthStatus): Promise<void> {
    const { state } = this.#store
    state.health[institutionId] = { status, since: this.#clock.now() }
    await this.#store.save()
  }

  /** What has an order, by institution. */
  ordered(): [string, HealthStatus][] {
    return Object.entries(this.#store.state.health).map(([institutionId, { status }]) => [
      institutionId,
      status,
    ])
  }

  /** Throws where the institution does not answer this call. */
  reach(institutionId: string): void {
    const { status, since } = this.of(institutionId)
    if (status === 'DOWN') throw new PlaidFault('INSTITUTION_DOWN')
    // the Sandbox's degraded institution answers nevertheless
    if (status !== 'DEGRADED' || since === null) return
    const draws = drawsFor(
      keyOf(`${this.#store.state.seed}/health/${institutionId}`),
      this.#calls++,
    )
    if (draws.chance(degradedFailures)) throw new PlaidFault('INSTITUTION_NOT_RESPONDING')
  }
}
