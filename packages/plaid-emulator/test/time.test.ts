// What time does by itself: with a clock that runs, with one that is moved, with many Items, and
// when the emulator is stopped in the middle of it.
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../../src/std/clock.ts'
import { events, startReceiver } from './support/receiver.ts'
import { type Bench, PLATYPUS, shiftedClock, startEmulator } from './support/emulator.ts'

function running(clock: Clock) {
  return startEmulator({ clock, startDate: undefined as never, readiness: 'plaid' })
}

describe('a clock that runs', () => {
  test('brings what is due without a request, within a second', async () => {
    const clock = shiftedClock()
    await using receiver = await startReceiver()
    await using bench = await running(clock)
    await bench.link(PLATYPUS, { webhook: receiver.url })
    clock.shift(11_000)
    await receiver.until(1)
    clock.shift(60_000)
    await receiver.until(2)
    expect(receiver.codes()).toEqual(['INITIAL_UPDATE', 'HISTORICAL_UPDATE'])
  })

  test('tries a webhook again when its time has come', async () => {
    const clock = shiftedClock()
    await using receiver = await startReceiver((response) => response.writeHead(503).end())
    await using bench = await running(clock)
    const item = await bench.link(PLATYPUS, { webhook: receiver.url }, ['identity'])
    await bench.command({ reset_login: item.itemId })
    expect(receiver.received.length).toBe(1)
    clock.shift(29_000)
    await receiver.until(2)
    clock.shift(120_000)
    await receiver.until(3)
  })

  test('is stopped where it is, goes on from there, and nothing is lost meanwhile', async () => {
    const clock = shiftedClock()
    await using receiver = await startReceiver()
    await using bench = await running(clock)
    await bench.link(PLATYPUS, { webhook: receiver.url })
    const say = async (state: string) =>
      (await bench.command({ clock: state })).body as { now: string }
    const stoppedAt = (await say('stands')).now
    clock.shift(3_600_000)
    expect((await say('stands')).now).toBe(stoppedAt)
    expect(receiver.received).toEqual([])
    expect(Date.parse((await say('runs')).now) - Date.parse(stoppedAt)).toBeLessThan(60_000)
    clock.shift(71_000)
    await receiver.until(2)
    expect(receiver.codes()).toEqual(['INITIAL_UPDATE', 'HISTORICAL_UPDATE'])
    const refused = await bench.command({ clock: 'back' })
    expect(JSON.stringify(refused.body)).toContain('one of stands, runs')
  })

  test('can be put forward beside that, and goes on from there', async () => {
    const clock = shiftedClock()
    await using receiver = await startReceiver()
    await using bench = await running(clock)
    await bench.link(PLATYPUS, { webhook: receiver.url })
    await bench.advance('3d')
    const count = receiver.received.length
    expect(count).toBeGreaterThan(3)
    clock.shift(3 * 86_400_000)
    await receiver.until(count + 1)
  })
})

describe('an emulator that is stopped', () => {
  test('ends at once, whatever it waits for, and an advance with it', async () => {
    await using silent = await startReceiver(() => {})
    // whoever waited for its answer would wait beyond the end of this test
    const bench = await startEmulator({ webhookAnswerMsMax: 600_000 })
    const item = await bench.link(PLATYPUS, { webhook: silent.url })
    await bench.sync(item)
    const advance = bench.advance('30d').catch(() => {})
    await silent.until(1)
    await bench[Symbol.asyncDispose]()
    await advance
  })
})

describe('many Items', () => {
  async function linked(bench: Bench, count: number, webhook: string): Promise<void> {
    for (let i = 0; i < count; i++) await bench.link(PLATYPUS, { webhook })
  }

  test('live through a month in order, and nothing is left out', async () => {
    const count = 100
    const sent = new Map<unknown, string[]>()
    await using receiver = await startReceiver((response, { body }) => {
      const own = sent.get(body['item_id']) ?? []
      sent.set(body['item_id'], [...own, body.webhook_code])
      response.end()
    })
    await using bench = await startEmulator()
    await linked(bench, count, receiver.url)
    await bench.advance('30d')
    // the Items are of one person at one bank: each is told the same, in the same order
    const [first, ...others] = sent.values()
    expect(others.length).toBe(count - 1)
    expect(first?.slice(0, 2)).toEqual(['INITIAL_UPDATE', 'HISTORICAL_UPDATE'])
    expect(first?.length).toBeGreaterThan(30)
    for (const other of others) expect(other).toEqual(first)
    const late = await events(bench, { delivery_statuses: ['PENDING', 'FAILED'] })
    expect(late.webhook_events).toEqual([])
  })

  test('whose receiver is silent do not hold the month up, nor the others', async () => {
    await using silent = await startReceiver(() => {})
    await using receiver = await startReceiver()
    // two thousand webhooks to the silent one: waiting a second for each would outlast the test
    await using bench = await startEmulator({ webhookAnswerMsMax: 1_000 })
    await linked(bench, 40, silent.url)
    await linked(bench, 1, receiver.url)
    await bench.advance('30d')
    expect(receiver.received.length).toBeGreaterThan(30)
    const { webhook_events } = await events(bench, { delivery_statuses: ['DELIVERED'] })
    expect(webhook_events.every((each) => each.destination_url === receiver.url)).toBe(true)
  })
})
