// Generations, whoever numbers them (L8): what a table holds of the generation that is asked for
// stays, what is older goes, and only once the stream is COMPLETE. Many streams live through the
// same runs beside a model of what their tables must hold.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ConfiguredStream, DestinationSyncMode } from '../../src/protocol/message.ts'
import { ConnectorProcess } from '../support/connector.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import {
  append,
  complete,
  record,
  row,
  state,
  things,
  warehouseConfig,
  write,
} from '../support/warehouse.ts'

function stream(
  mode: DestinationSyncMode,
  generation: number,
  minimum: number,
  name = 'things',
): ConfiguredStream {
  return {
    ...append({ ...things, name }),
    destination_sync_mode: mode,
    primary_key: [['id']],
    cursor_field: ['at'],
    generation_id: generation,
    minimum_generation_id: minimum,
  }
}

async function notes(db: TestDatabase): Promise<string[]> {
  return notesOf(db.pool(), 'things')
}

async function notesOf(pool: ReturnType<TestDatabase['pool']>, table: string): Promise<string[]> {
  const { rows } = await pool.query<{ note: string }>(
    `select note from w."${table}" order by note collate "C"`,
  )
  return rows.map(({ note }) => note)
}

describe('two runs of one generation', () => {
  const first = [row('a', 1), row('b', 1), state(1), complete()]

  test.each(['append', 'append_dedup', 'overwrite', 'overwrite_dedup'] as const)(
    'of which the second brings nothing leave what is there (%s)',
    async (mode) => {
      await using db = await testDatabase()
      await write(db, [stream(mode, 4, 4)], first)
      const result = await write(db, [stream(mode, 4, 4)], [state(2), complete()])
      expect(result).toMatchObject({ code: 0, errors: [] })
      expect(result.states).toHaveLength(1)
      expect(await notes(db)).toEqual(['a@1', 'b@1'])
    },
  )

  test.each([
    ['append', ['a@1', 'b@1', 'b@2', 'c@2']],
    ['append_dedup', ['a@1', 'b@2', 'c@2']],
    ['overwrite', ['b@2', 'c@2']],
    ['overwrite_dedup', ['b@2', 'c@2']],
  ] as const)('of which the second brings rows: %s', async (mode, found) => {
    await using db = await testDatabase()
    await write(db, [stream(mode, 1, 1)], first)
    const result = await write(db, [stream(mode, 1, 1)], [row('b', 2), row('c', 2), complete()])
    expect(result).toMatchObject({ code: 0, errors: [] })
    expect(await notes(db)).toEqual(found)
  })

  test('with a state of this table add, and from the beginning replace, whatever the mode', async () => {
    await using db = await testDatabase()
    const { states } = await write(db, [stream('overwrite', 1, 1)], first)
    const resumed = {
      ...stream('overwrite', 1, 1),
      destination_table: states[0]!.destination_table!,
    }
    await write(db, [resumed], [row('c', 2), complete()])
    expect(await notes(db)).toEqual(['a@1', 'b@1', 'c@2'])
    const anew = { ...stream('append', 1, 1), destination_table: null }
    await write(db, [anew], [row('d', 3), complete()])
    expect(await notes(db)).toEqual(['d@3'])
  })

  test('of which the first was killed before its end: the second is the whole', async () => {
    await using db = await testDatabase()
    await write(db, [stream('append', 1, 1)], first)
    const inputs = {
      config: warehouseConfig(db),
      catalog: { streams: [stream('append', 2, 2), stream('append', 0, 0, 'clock')] },
    }
    {
      await using writer = await ConnectorProcess.start('destination-postgres', 'write', inputs)
      await writer.send(row('x', 1), state(1), state(1, 'clock'))
      await writer.until((messages) => messages.some(({ type }) => type === 'STATE'))
      writer.kill('SIGKILL')
      expect(await writer.result()).toMatchObject({ states: [{ id: 1 }] })
    }
    expect(await notes(db)).toEqual(['a@1', 'b@1'])
    await write(db, [stream('append', 2, 2)], [row('x', 1), row('y', 1), complete()])
    expect(await notes(db)).toEqual(['x@1', 'y@1'])
  })
})

describe('a connection that is new, where a table stands already', () => {
  const fresh = (mode: DestinationSyncMode, generation: number, minimum: number) => ({
    ...stream(mode, generation, minimum),
    destination_table: null,
  })
  /** Generations 0 and 1 of another connection, beside each other. */
  async function before(db: TestDatabase): Promise<void> {
    await write(db, [stream('append_dedup', 0, 0)], [row('a', 1), row('b', 1), complete()])
    await write(db, [stream('append_dedup', 1, 0)], [row('c', 1), complete()])
  }

  test.each(['append', 'append_dedup'] as const)('adds to it as it is born: %s', async (mode) => {
    await using db = await testDatabase()
    await before(db)
    const result = await write(db, [fresh(mode, 0, 0)], [row('d', 1), state(1), complete()])
    expect(result).toMatchObject({ code: 0, errors: [] })
    expect(await notes(db)).toEqual(['a@1', 'b@1', 'c@1', 'd@1'])
  })

  test.each(['append', 'append_dedup', 'overwrite', 'overwrite_dedup'] as const)(
    'takes its place in its first full refresh, whoever used the number before: %s',
    async (mode) => {
      await using db = await testDatabase()
      await before(db)
      await write(db, [fresh(mode, 1, 1)], [row('d', 1), state(1), complete()])
      expect(await notes(db)).toEqual(['d@1'])
    },
  )
})

test('a table of somebody else’s numbers is not taken for one of ours', async () => {
  await using db = await testDatabase()
  await db.pool().query(`create schema w; create table w.things (_airbyte_raw_id varchar,
    _airbyte_extracted_at timestamptz, _airbyte_meta jsonb, _airbyte_generation_id bigint,
    id varchar, at bigint, note varchar);
    insert into w.things (_airbyte_generation_id, note) values (1, 'old'), (9, 'older')`)
  await write(db, [stream('append', 1, 1)], [row('a', 1), complete()])
  expect(await notes(db)).toEqual(['a@1'])
})

interface Row {
  id: string
  at: number
  note: string
  generation: number
}

interface Run {
  generations: 'same' | 'next'
  truncates: boolean
  rows: { id: string; at: number }[]
  ends: 'COMPLETE' | 'INCOMPLETE' | 'cut'
}

/** What the table must hold, by the contract alone. */
class Model {
  rows: Row[] = []
  generation = 0
  /** The generation that the content began with; what came later is of a later one. */
  #began: number | undefined
  #note = 0
  readonly mode: DestinationSyncMode

  constructor(mode: DestinationSyncMode) {
    this.mode = mode
  }

  /** Takes the run in, and answers the rows as they are sent. */
  live({ truncates, rows, ends }: Run): Row[] {
    const { generation } = this
    const came = rows.map(({ id, at }) => ({ id, at, note: `${id}${this.#note++}`, generation }))
    const overwrites = this.mode.startsWith('overwrite')
    const holds = this.#began === generation
    const replaces = truncates ? !holds || (overwrites && came.length > 0) : overwrites
    if (!replaces) {
      if (this.rows.length === 0 && came.length > 0) this.#began = generation
      this.#add(came)
    } else if (ends === 'COMPLETE') {
      this.rows = this.rows.filter((one) => truncates && !holds && one.generation === generation)
      this.#add(came)
      for (const one of this.rows) one.generation = generation
      this.#began = generation
    }
    return came
  }

  #add(came: Row[]): void {
    for (const one of came) {
      const old = this.mode.endsWith('dedup') ? this.rows.findIndex(({ id }) => id === one.id) : -1
      if (old === -1) this.rows.push(one)
      else if (one.at >= (this.rows[old]?.at ?? 0)) this.rows[old] = one
    }
  }
}

const run: fc.Arbitrary<Run> = fc.record({
  generations: fc.constantFrom('same', 'same', 'next'),
  truncates: fc.boolean(),
  rows: fc.array(
    fc.record({ id: fc.constantFrom('a', 'b', 'c'), at: fc.integer({ min: 0, max: 3 }) }),
    {
      maxLength: 4,
    },
  ),
  ends: fc.constantFrom('COMPLETE', 'COMPLETE', 'COMPLETE', 'INCOMPLETE', 'cut'),
})

test('whatever runs there are, a table holds what the contract says', async () => {
  await using db = await testDatabase()
  const pool = db.pool()
  const livesCount = 40
  const runsCount = 8
  const modes = ['append', 'append_dedup', 'overwrite', 'overwrite_dedup'] as const
  const lives = fc.sample(fc.array(run, { minLength: runsCount, maxLength: runsCount }), {
    numRuns: livesCount,
    seed: 11,
  })
  const models = lives.map((_life, i) => new Model(modes[i % modes.length]!))
  for (let turn = 0; turn < runsCount; turn++) {
    const input: object[] = []
    const ends: object[] = []
    const streams = models.map((model, i) => {
      const now = lives[i]![turn]!
      if (now.generations === 'next' || model.generation === 0) model.generation += 1
      const name = `life${i}`
      for (const { id, at, note } of model.live(now)) input.push(record({ id, at, note }, name))
      if (now.ends !== 'cut') ends.push(complete(name, now.ends))
      return stream(model.mode, model.generation, now.truncates ? model.generation : 0, name)
    })
    const result = await write(db, streams, [...input, ...ends])
    const failed = lives.filter((life) => life[turn]!.ends !== 'COMPLETE')
    expect(result.errors).toHaveLength(failed.length)
    expect(result.code === 0).toBe(failed.length === 0)
    for (const [i, model] of models.entries()) {
      const expected = model.rows.map(({ note }) => note).toSorted()
      expect([i, turn, model.mode, await notesOf(pool, `life${i}`)]).toEqual([
        i,
        turn,
        model.mode,
        expected,
      ])
    }
  }
}, 300_000)
