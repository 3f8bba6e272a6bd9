// Runs a scenario's steps, each at its time on the world's clock: as the clock runs, or as it is
// moved, which then goes from step to step. A step that fails is told, and the story goes on.
import type { Logger } from '../../../../src/std/log.ts'
import { messageOf } from '../../../../src/std/errors.ts'
import type { StateStore } from '../bank/state.ts'
import type { Context, Story, StoryReport } from '../context.ts'
import type { Scenario, Step } from './scenario.ts'

/** A running clock is looked at this often, or sooner where a step is due. */
const lookMsMax = 1_000

export interface TimelineOptions {
  /** What the steps work with, and the timeline belongs to. */
  context(): Context
  store: StateStore
  scenario: Scenario | undefined
  logger: Logger
}

export class Timeline implements Story {
  readonly #options: TimelineOptions
  readonly #steps: readonly Step[]
  readonly #failed: StoryReport['failed'] = []
  #running = false
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: TimelineOptions) {
    this.#options = options
    this.#steps = options.scenario?.steps ?? []
  }

  /** Begins the story, or goes on with it where a restart left it. */
  async start(): Promise<void> {
    const { store, scenario } = this.#options
    const { clock } = this.#options.context()
    if (scenario === undefined) return
    const { file } = scenario
    if (store.state.story?.file !== file) {
      store.state.story = { file, began: clock.now(), done: 0 }
    }
    await this.#runDue()
    this.follow()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async advance(ms: number): Promise<void> {
    const { clock } = this.#options.context()
    const target = clock.now() + ms
    clock.check(target)
    for (let at = this.#nextAt(); at <= target && !this.#running; at = this.#nextAt()) {
      await this.#reach(at)
      await this.#runDue()
    }
    await this.#reach(target)
  }

  report(): StoryReport | null {
    const { story } = this.#options.store.state
    if (story === null || this.#options.scenario === undefined) return null
    const { file, done } = story
    return { file, steps: this.#steps.length, done, failed: this.#failed }
  }

  async #reach(at: number): Promise<void> {
    const { clock, ticker } = this.#options.context()
    await ticker.advance(Math.max(0, at - clock.now()))
  }

  #nextAt(): number {
    const { story } = this.#options.store.state
    const step = story === null ? undefined : this.#steps[story.done]
    return story === null || step === undefined ? Infinity : story.began + step.afterMs
  }

  async #runDue(): Promise<void> {
    const { store, logger } = this.#options
    const { clock } = this.#options.context()
    const { story } = store.state
    if (this.#running || story === null) return
    this.#running = true
    try {
      while (!this.#stopped && this.#nextAt() <= clock.now()) {
        const step = this.#steps[story.done++]
        if (step !== undefined) await this.#run(step)
      }
      await store.save()
    } catch (error) {
      logger.error({ err: error }, 'the scenario could not be saved')
    } finally {
      this.#running = false
    }
  }

  async #run({ line, name, run }: Step): Promise<void> {
    const { context, scenario, logger } = this.#options
    const where = `${scenario?.file}:${line}`
    try {
      await run(context())
      logger.info({ step: where, command: name }, 'a step of the scenario is done')
    } catch (error) {
      const message = messageOf(error)
      this.#failed.push({ line, message })
      logger.warn({ step: where, command: name }, message)
    }
  }

  /** Looks for the next step, for as long as the clock runs. */
  follow(): void {
    clearTimeout(this.#timer)
    const { clock } = this.#options.context()
    if (this.#stopped || clock.stands || this.#nextAt() === Infinity) return
    const ms = Math.min(lookMsMax, Math.max(0, this.#nextAt() - clock.now()))
    this.#timer = setTimeout(() => void this.#runDue().then(() => this.follow()), ms).unref()
  }
}
