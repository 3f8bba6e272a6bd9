// Plaid's limits, kept rather than run into: no minute sees a call more than there may be, whoever
// makes them, and nobody waits without need.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLimiter } from '../../src/plaid/limiter.ts'
import { limitsOf } from '../../src/plaid/limits.ts'
import type { Clock } from '../../src/std/clock.ts'

const MINUTE_MS = 60_000

/** Time that passes only when it is told to; a sleep tells until when. */
class StoodClock implements Clock {
  at = 0
  until = 0
  now = () => this.at
  sleep = async (ms: number) => {
    this.until = this.at + ms
  }
}

describe('a limiter', () => {
  test('lets no minute see more calls than it may, and the first of them at once', async () => {
    const gaps = fc.array(fc.nat({ max: 40_000 }), { minLength: 1, maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(gaps, fc.integer({ min: 1, max: 20 }), async (all, perMinute) => {
        const clock = new StoodClock()
        const limiter = createLimiter(perMinute, clock)
        const made: number[] = []
        for (const gap of all) {
          clock.at += gap
          clock.until = clock.at
          await limiter.take('item')
          made.push(clock.until)
        }
        made.forEach((at, n) => {
          const earlier = made[n - perMinute]
          if (earlier !== undefined) expect(at - earlier).toBeGreaterThan(MINUTE_MS)
        })
        expect(made.slice(0, perMinute)).toEqual(
          all.slice(0, perMinute).map((_, n) => all.slice(0, n + 1).reduce((a, b) => a + b)),
        )
      }),
    )
  })

  test('counts each key for itself', async () => {
    const clock = new StoodClock()
    const limiter = createLimiter(1, clock)
    for (let n = 0; n < 5_000; n++) await limiter.take(`item ${n}`)
    expect(clock.until).toBe(0)
    await limiter.take('item 4999')
    expect(clock.until).toBeGreaterThan(MINUTE_MS)
  })
})

test('the limits are Plaid’s, and the emulator’s are its own', () => {
  expect(limitsOf('production', '/transactions/sync')).toEqual({ item: 50, client: 2_500 })
  expect(limitsOf('sandbox', '/transactions/sync')).toEqual({ item: 50, client: 1_000 })
  expect(limitsOf('production', '/accounts/get')).toEqual({ item: 15, client: 15_000 })
  expect(limitsOf('emulator', '/transactions/sync').item).toBe(Infinity)
})
