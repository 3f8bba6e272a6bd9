// Platforms of somebody else: how they write what we write otherwise, and what they never say.
import { describe, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import {
  append,
  complete,
  dedup,
  overwrite,
  record,
  row,
  state,
  things,
  values,
  write,
} from '../support/warehouse.ts'

async function ids(db: TestDatabase): Promise<string[]> {
  const { rows } = await db.pool().query<{ id: string }>('select id from w.things order by id')
  return rows.map(({ id }) => id)
}

test('a namespace that is null or an empty text is none, wherever it stands', async () => {
  await using db = await testDatabase()
  const of = (namespace: unknown) => ({ name: 'things', namespace })
  const written = [undefined, null, ''].map((namespace, at) => {
    const data = { id: `i${at}`, at }
    return { type: 'RECORD', record: { stream: 'things', namespace, emitted_at: 1, data } }
  })
  for (const namespace of ['', null]) {
    const stream = { ...things, namespace }
    const said = { stream_descriptor: of(namespace === '' ? null : ''), stream_state: { value: 1 } }
    const status = { stream_descriptor: of(''), status: 'COMPLETE' }
    const result = await write(
      db,
      [{ ...dedup(), stream }],
      [
        ...written,
        { type: 'STATE', state: { type: 'STREAM', stream: said, global: null, data: null } },
        { type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 1, stream_status: status } },
      ],
    )
    expect(result).toMatchObject({ code: 0, errors: [] })
    expect(result.states).toMatchObject([{ stream: said, destinationStats: { recordCount: 3 } }])
    expect(await ids(db)).toEqual(['i0', 'i1', 'i2'])
  }
})

test('what is not for a destination is passed over, and what it does not know', async () => {
  await using db = await testDatabase()
  const trace = (type: string, more: object) => ({
    type: 'TRACE',
    trace: { type, emitted_at: 1.5, error: null, ...more },
  })
  const nothing = { cursor_field: null, primary_key: null, sync_id: null }
  const unknown = { destination_object_name: null, include_files: false, someday: { x: [1] } }
  const stream = { ...append().stream, default_cursor_field: null, is_file_based: null }
  const result = await write(
    db,
    [{ ...append(), stream, ...nothing, ...unknown }],
    [
      { type: 'LOG', log: { level: 'INFO', message: 'starting' } },
      { type: 'SOMEDAY', someday: { stream: 'things' } },
      complete('things', 'STARTED'),
      complete('things', 'RUNNING'),
      trace('ESTIMATE', { estimate: { name: 'things', type: 'STREAM', row_estimate: 1 } }),
      trace('ERROR', { error: { message: 'a warning' } }),
      { type: 'CONTROL', control: { type: 'CONNECTOR_CONFIG', emitted_at: 1 } },
      { type: 'RECORD', record: { ...(row('a', 1) as Rec).record, meta: null, someday: 1 } },
      '\r',
      `${JSON.stringify(row('b', 1))}\r`,
      // With a number that no double holds every other one comes as a text, too.
      '{"type":"RECORD","record":{"stream":"things","emitted_at":1700000000000.0,' +
        '"data":{"id":"c","at":12345678901234567890123}}}',
      complete(),
    ],
  )
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect(await ids(db)).toEqual(['a', 'b', 'c'])
})

interface Rec {
  record: object
}

test.each([
  ['of old, which says no type', { data: { cursor: 1 } }],
  ['LEGACY', { type: 'LEGACY', data: { cursor: 1 }, stream: null }],
  ['GLOBAL', { type: 'GLOBAL', global: { stream_states: [], more: 1 }, stream: null, id: 3 }],
])('a state %s comes back with all that it had, once', async (_kind, said) => {
  await using db = await testDatabase()
  const input = [row('a', 1), { type: 'STATE', state: said }, complete()]
  const { states } = await write(db, [dedup()], input)
  expect(states).toMatchObject([{ ...said, destinationStats: { recordCount: 1 } }])
})

describe('a platform that numbers generations and never says how a stream ended', () => {
  const replaces = { ...overwrite(things, 3), destination_sync_mode: 'overwrite' }
  const config = { complete_at_end: true }

  test.each([
    ['adds', dedup()],
    ['replaces', replaces],
  ])('is told what helps, and nothing is called well: a stream that %s', async (_way, stream) => {
    await using db = await testDatabase()
    const result = await write(db, [stream], [row('a', 1), state(1)])
    expect(result.code).toBe(4)
    expect(result.errors[0]?.message).toMatch(/needs complete_at_end in the configuration$/)
  })

  test('is taken at the end of its input, when told to', async () => {
    await using db = await testDatabase()
    for (const [stream, id] of [
      [replaces, 'a'],
      [{ ...replaces, generation_id: 4, minimum_generation_id: 4 }, 'b'],
      [dedup(), 'c'],
    ] as const) {
      const result = await write(db, [stream], [row(id, 1), state(1)], config)
      expect(result).toMatchObject({ code: 0, errors: [] })
      expect(values(result.states)).toEqual([1])
    }
    expect(await ids(db)).toEqual(['b', 'c'])
  })

  test('is not what a platform is that promises to say it, whatever it is told', async () => {
    await using db = await testDatabase()
    await write(db, [replaces], [row('a', 1), complete()])
    const next = { ...replaces, generation_id: 4, minimum_generation_id: 4, ends_said: true }
    const result = await write(db, [next], [row('b', 1), state(1)], config)
    expect(result).toMatchObject({ code: 4, states: [] })
    expect(result.errors[0]?.message).not.toMatch(/complete_at_end/)
    expect(await ids(db)).toEqual(['a'])
  })

  test('is believed all the same when it says INCOMPLETE', async () => {
    await using db = await testDatabase()
    const input = [row('a', 1), complete('things', 'INCOMPLETE')]
    const result = await write(db, [replaces], input, config)
    expect(result).toMatchObject({ code: 4, states: [] })
    expect(result.errors[0]?.message).not.toMatch(/complete_at_end/)
    expect(await ids(db)).toEqual([])
  })
})

test('every table has Airbyte’s columns, filled as Airbyte fills them', async () => {
  await using db = await testDatabase()
  const told = { field: 'note', change: 'TRUNCATED', reason: 'SOURCE_FIELD_SIZE_LIMITATION' }
  const wrong = { ...(record({ id: 'b', at: 'x', note: null }, 'things', 1_000) as Rec) }
  const input = [row('a', 1), { ...wrong, record: { ...wrong.record, meta: { changes: [told] } } }]
  const streams = [{ ...append(), generation_id: 5, sync_id: 42 }]
  expect(await write(db, streams, [...input, complete()])).toMatchObject({ code: 0 })
  const columns = await db.pool().query<{ about: string }>(
    `select column_name || ' ' || data_type || ' ' || is_nullable as about
     from information_schema.columns where table_schema = 'w' and table_name = 'things'
     order by ordinal_position`,
  )
  expect(columns.rows.map(({ about }) => about)).toEqual([
    '_airbyte_raw_id character varying NO',
    '_airbyte_extracted_at timestamp with time zone NO',
    '_airbyte_meta jsonb NO',
    '_airbyte_generation_id bigint YES',
    'id character varying YES',
    'at bigint YES',
    'note character varying YES',
    '_ab_cdc_deleted_at timestamp with time zone YES',
  ])
  const { rows } = await db.pool().query<Record<string, unknown>>(
    `select id, _airbyte_raw_id::uuid is not null as raw, _airbyte_meta as meta,
       extract(epoch from _airbyte_extracted_at)::float8 as at, _airbyte_generation_id as generation
     from w.things order by id`,
  )
  const nulled = { field: 'at', change: 'NULLED', reason: 'DESTINATION_SERIALIZATION_ERROR' }
  const common = { raw: true, generation: '5' }
  expect(rows).toEqual([
    { ...common, id: 'a', at: 1_700_000_000, meta: { sync_id: 42, changes: [] } },
    { ...common, id: 'b', at: 1, meta: { sync_id: 42, changes: [told, nulled] } },
  ])
})
