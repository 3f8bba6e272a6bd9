// L3, L4, L8: whatever a person does between two syncs to the source's rows, the table, the
// connection or the destination, and whoever is killed within one: what the next sync that says
// "succeeded" leaves is what the source has. Real processes, a real PostgreSQL, a model of a few
// rows. `TARTAN_LIVES` says how many lives, `TARTAN_LIVES_SEED` repeats a run.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { monotonicMs } from '../../src/std/clock.ts'
import { type Act, type Crash, type Day, Life, type Wish } from '../support/life.ts'
import { startLives } from '../support/lives.ts'

const long = process.env['TARTAN_TEST_LONG'] !== undefined
const livesCount = Number(process.env['TARTAN_LIVES'] ?? (long ? 300 : 6))
const seed = Number(process.env['TARTAN_LIVES_SEED'] ?? monotonicMs() * 1000) >>> 0
/** Of the suite's time, however slow the machine is: each run lives other lives. */
const msMax = long ? 3 * 60_000 : 20_000
/** Lives that are lived at once: while one waits for the other's processes. */
const atOnce = 2

const row = fc.nat({ max: 5 })
const selections: string[][] = [[], ['id', 'a'], ['a', 'b'], ['id', 'part', 'n']]
const keys: string[][] = [['id'], ['id', 'part']]
const fields = fc.constantFrom(...selections)
const key = fc.constantFrom(...keys)
const cursor = fc.constantFrom<('n' | 'm')[]>('n', 'm')
const mode = fc.oneof(
  { weight: 4, arbitrary: fc.constant('incremental_deduped_history') },
  { weight: 2, arbitrary: fc.constant('incremental_append') },
  fc.constant('full_refresh_overwrite'),
  fc.constant('full_refresh_overwrite_deduped'),
  fc.constant('full_refresh_append'),
)
const wish: fc.Arbitrary<Wish> = fc.record({ fields, key, cursor, mode })

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('write'), row, a: fc.constantFrom('x', 'y') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('erase'), row }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'drop',
        'truncate',
        'delete',
        'rename',
        'drop column',
        'back up',
        'drop internal',
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('restore'),
      internal: fc.boolean(),
      inPlace: fc.boolean(),
    }),
  },
  fc.record({ do: fc.constant('prefix'), prefix: fc.constantFrom('', 'my_') }),
  fc.record({ do: fc.constant('namespace'), own: fc.boolean() }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fields'), fields }) },
  fc.record({ do: fc.constant('key'), key }),
  fc.record({ do: fc.constant('cursor'), cursor }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mode'), mode }) },
  fc.record({ do: fc.constant('schema'), schema: fc.constantFrom(0, 1) }),
  fc.record({ do: fc.constant('database'), database: fc.constantFrom(0, 1) }),
  fc.record({ do: fc.constant('pause') }),
)

const crash: fc.Arbitrary<Crash> = fc.record({
  victim: fc.constantFrom('source', 'destination', 'worker', 'pause'),
  at: fc.nat({ max: 6 }),
  lateMs: fc.constantFrom(0, 0, 1, 20, 60),
})
const day: fc.Arbitrary<Day> = fc.record({
  acts: fc.array(act, { maxLength: 3 }),
  crash: fc.option(crash, { nil: undefined, freq: 2 }),
})

/**
 * Rows that were changed while fields were left out are of two versions: no history begins with
 * them.
 */
const patchwork: [Wish, Day[]] = [
  { fields: [], key: ['id'], cursor: 'n', mode: 'incremental_deduped_history' },
  [
    { acts: [], crash: undefined },
    {
      acts: [
        { do: 'write', row: 0, a: 'x' },
        { do: 'fields', fields: ['id', 'a'] },
      ],
      crash: undefined,
    },
    {
      acts: [
        { do: 'mode', mode: 'full_refresh_append' },
        { do: 'fields', fields: [] },
      ],
      crash: undefined,
    },
  ],
]

test(
  `L4: what a sync that succeeded leaves is what the source has (seed ${seed})`,
  { timeout: msMax + 120_000 },
  async () => {
    await using lives = await startLives(atOnce)
    let count = 0
    const share = (part: number) =>
      fc.assert(
        fc.asyncProperty(
          wish,
          fc.array(day, { minLength: 2, maxLength: 4 }),
          async (wish, days) => {
            const life = new Life(lives, `life${++count}`, wish)
            await life.begin()
            for (const one of days) await life.live(one)
            await life.end()
          },
        ),
        {
          seed: seed + part,
          numRuns: Math.ceil(livesCount / atOnce),
          interruptAfterTimeLimit: msMax,
          markInterruptAsFailure: false,
          examples: [patchwork],
        },
      )
    await Promise.all(Array.from({ length: atOnce }, (_, part) => share(part)))
    expect(count).toBeGreaterThan(0)
  },
)
