// A scenario's file: the world that it wants, what happens when, and what its mistakes are told.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readScenario } from '../src/control/scenario.ts'
import { GINGHAM, shiftedClock, startEmulator } from './support/emulator.ts'

const WEEK = resolve(import.meta.dirname, 'scenarios/down-for-a-day.yaml')
const EXAMPLES = resolve(import.meta.dirname, '../examples/scenarios')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scenario-'))
})

afterAll(() => rm(folder, { recursive: true }))

async function written(text: string): Promise<string> {
  const file = join(folder, 'story.yaml')
  await writeFile(file, text)
  return file
}

describe('a scenario', () => {
  test('makes its world, and lets its steps happen at their times, in order', async () => {
    await using bench = await startEmulator({ scenario: WEEK })
    const [item, other] = [await bench.link(), await bench.link(GINGHAM)]
    const get = async () =>
      (await bench.post('/item/get', { access_token: other.accessToken })).status
    expect(await bench.status()).toMatchObject({
      now: '2026-01-31T12:00:00Z',
      seed: 'a-bad-week',
      rate_limits: 'off',
      scenario: { steps: 6, done: 0 },
    })
    await bench.advance('2d')
    expect(await bench.status()).toMatchObject({ rate_limits: 'sandbox', scenario: { done: 1 } })
    await bench.advance('1d')
    expect((await bench.sync(item)).body.error_code).toBe('INSTITUTION_DOWN')
    expect([await get(), await get(), await get()]).toEqual([500, 500, 200])
    await bench.advance('1d')
    expect((await bench.sync(item)).status).toBe(200)
    expect(await bench.status()).toMatchObject({
      scenario: { done: 6, failed: [{ line: 9, message: 'there is no such Item' }] },
    })
  })

  test('passes through its steps when the clock is moved far over them', async () => {
    const scenario = await written(
      'steps:\n' +
        '  - {at: 1d, maintenance: 1h}\n' +
        '  - advance: 30m\n' +
        '  - fault: RATE_LIMIT\n' +
        '  - {at: 9d, fault: NO_ACCOUNTS}\n',
    )
    await using bench = await startEmulator({ scenario })
    const item = await bench.link()
    const moved = await bench.advance('5d')
    expect(moved.body['now']).toBe('2026-03-20T12:00:00Z')
    const codes = [(await bench.sync(item)).body.error_code, (await bench.sync(item)).status]
    expect(codes).toEqual(['RATE_LIMIT', 200])
    expect(await bench.status()).toMatchObject({ scenario: { done: 3, failed: [] } })
  })

  test('goes on after a restart where it was', async () => {
    const dataFolder = join(folder, 'data')
    await using bench = await startEmulator({ scenario: WEEK, dataFolder })
    const item = await bench.link()
    await bench.advance('2d')
    await bench.restart()
    expect(await bench.status()).toMatchObject({ scenario: { done: 1 } })
    await bench.advance('1d')
    expect((await bench.sync(item)).body.error_code).toBe('INSTITUTION_DOWN')
  })

  test('happens by itself where the clock runs', async () => {
    const scenario = await written('steps: [{at: 1h, fault: {error_code: RATE_LIMIT, times: 9}}]')
    const clock = shiftedClock()
    await using bench = await startEmulator({ scenario, clock, startDate: undefined as never })
    const item = await bench.link()
    expect((await bench.sync(item)).status).toBe(200)
    clock.shift(3_600_000)
    await expect.poll(async () => (await bench.sync(item)).status).toBe(429)
  })

  test('with a mistake is refused with file, line and field before anything runs', async () => {
    const step = (text: string) => `seed: x\nsteps:\n  - advance: 1d\n  - ${text}\n`
    const mistakes: [string, number, RegExp][] = [
      ['seed: x\nwrld: y\n', 2, /wrld is not something that a scenario has/],
      ['date: tomorrow\n', 1, /date must be a day like/],
      ['readiness: soon\n', 1, /readiness must be/],
      ['steps: 3\n', 1, /steps must be array/],
      [step('mutate: {item_id: {institution: x}}'), 4, /mutate\.item_id\.institution/],
      ['seed: x\nseed: y\n', 2, /unique/],
      ['steps:\n  - advance: 1d\n  -  fault: {times: [}\n', 3, /./],
      [step('advance'), 4, /a step looks like/],
      [step('jump: 1d'), 4, /a command is one of advance, clock, mutate, /],
      [step('advance: 1 day'), 4, /looks like 30d/],
      [step('{at: soon, advance: 1d}'), 4, /looks like 30d/],
      [step('{at: 5, advance: 1d}'), 4, /at must look like/],
      [step('{advance: 1d, mutate: {}}'), 4, /a command is one of/],
      [step('fault: {error_code: NO_SUCH}'), 4, /fault\.error_code must be one of/],
      [step('fault:\n      error_code: RATE_LIMIT\n      times: none'), 6, /fault\.times must be/],
    ]
    for (const [text, line, message] of mistakes) {
      const file = await written(text)
      const failure = await readScenario(file).then(
        () => 'nothing was wrong',
        (error: Error) => error.message,
      )
      expect(failure, text).toMatch(message)
      expect(failure, text).toContain(`story.yaml:${line}: `)
    }
    await expect(readScenario(join(folder, 'none.yaml'))).rejects.toThrow(/cannot be read/)
  })

  test('of the examples is right', async () => {
    const files = await readdir(EXAMPLES)
    expect(files).toContain('bad-week.yaml')
    for (const file of files) {
      expect((await readScenario(join(EXAMPLES, file))).steps.length).toBeGreaterThan(3)
    }
  })
})
