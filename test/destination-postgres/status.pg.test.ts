// How a stream ends is said by the platform, once; without that nothing is called well. And what is
// not a message ends the write without a word of it.
import { describe, expect, test } from 'vitest'
import type { ConfiguredStream } from '../../src/protocol/message.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import {
  append,
  committed,
  complete,
  dedup,
  overwrite,
  record,
  row,
  snapshot,
  state,
  things,
  values,
  write,
} from '../support/warehouse.ts'

async function ids(db: TestDatabase): Promise<string[]> {
  const { rows } = await db.pool().query<{ id: string }>('select id from w.things order by id')
  return rows.map(({ id }) => id)
}

/** As platforms from before refreshes write it. */
function unnumbered({
  generation_id: _g,
  minimum_generation_id: _m,
  sync_id: _s,
  ...rest
}: ConfiguredStream): ConfiguredStream {
  return rest
}

const incomplete = complete('things', 'INCOMPLETE')

describe('a stream that was not called COMPLETE', () => {
  test.each([
    ['cut off', []],
    ['INCOMPLETE', [incomplete]],
  ])('(%s) fails the attempt, to be tried again, and keeps what is committed', async (_, end) => {
    await using db = await testDatabase()
    const input = [row('a', 1), state(1), ...end, complete('other')]
    const other = append({ ...things, name: 'other' })
    const result = await write(db, [dedup(), other], input)
    expect(result.code).toBe(4)
    expect(result.errors).toMatchObject([
      {
        failure_type: 'transient_error',
        stream_descriptor: { name: 'things' },
        message: expect.stringMatching(
          /stream things .*COMPLETE: what came of it is committed/,
        ) as string,
      },
    ])
    expect(values(result.states)).toEqual([1])
    expect(await ids(db)).toEqual(['a'])
  })

  test.each([
    ['cut off', []],
    ['INCOMPLETE', [incomplete]],
  ])('(%s) replaces nothing and gets no state back', async (_, end) => {
    await using db = await testDatabase()
    for (const stream of [overwrite(), snapshot(things, 2)]) {
      const result = await write(db, [stream], [row('a', 1), state(1), ...end])
      expect(result).toMatchObject({ code: 4, states: [] })
      expect(result.errors).toMatchObject([{ failure_type: 'transient_error' }])
      expect(committed(result)).toBeUndefined()
      expect(await ids(db)).toEqual([])
    }
  })
})

describe('a platform without generations', () => {
  test('says nothing of statuses: an input that ended well is complete', async () => {
    await using db = await testDatabase()
    const stream = unnumbered({ ...append(), destination_sync_mode: 'overwrite' })
    for (const id of ['a', 'b']) {
      const result = await write(db, [stream], [row(id, 1), state(1)])
      expect(result).toMatchObject({ code: 0, errors: [] })
      expect(values(result.states)).toEqual([1])
      expect(await ids(db)).toEqual([id])
    }
    const cut = await write(db, [stream], [row('c', 1), '{"type":"RECORD","record":{"str'])
    expect(cut.code).not.toBe(0)
    expect(await ids(db)).toEqual(['b'])
  })

  test('whose source says INCOMPLETE all the same is believed', async () => {
    await using db = await testDatabase()
    const stream = unnumbered({ ...append(), destination_sync_mode: 'overwrite' })
    const result = await write(db, [stream], [row('a', 1), incomplete])
    expect(result).toMatchObject({ code: 4, states: [] })
    expect(await ids(db)).toEqual([])
  })
})

test.each([
  [
    'a second COMPLETE',
    complete(),
    /COMPLETE of the stream things came after it was called COMPLETE/,
  ],
  ['a record', row('b', 1), /a record of the stream things came after it was called COMPLETE/],
])('%s after COMPLETE is refused in plain words', async (_what, late, sentence) => {
  await using db = await testDatabase()
  const result = await write(db, [dedup()], [row('a', 1), complete(), late])
  expect(result.code).not.toBe(0)
  expect(result.errors[0]?.message).toMatch(sentence)
})

test.each([
  ['COMPLETE', complete('others')],
  ['a record', record({ id: 'b' }, 'others')],
  ['a state', state(1, 'others')],
])('%s of a stream that is not in the catalog ends the write', async (_what, foreign) => {
  await using db = await testDatabase()
  const result = await write(db, [dedup()], [row('a', 1), foreign, state(2), complete()])
  expect(result).toMatchObject({ code: 1, states: [] })
  expect(result.errors[0]?.message).toMatch(/of the stream others came, which is not in the cat/)
})

test('what is committed is told without states too, also in an attempt that fails', async () => {
  await using db = await testDatabase()
  const refused = { ...things, name: 'refused' }
  const streams = [dedup(), append(refused), overwrite({ ...things, name: 'held' })]
  await db.pool().query('create schema w; create view w.refused as select 1 as id')
  const input = [row('a', 1), row('b', 1), row('a', 2), row('x', 1)]
  const held = { type: 'RECORD', record: { stream: 'held', emitted_at: 1, data: { id: 'h' } } }
  const result = await write(db, streams, [...input, held, complete(), complete('refused')])
  expect(result.code).not.toBe(0)
  expect(committed(result)).toEqual({ stream_descriptor: { name: 'things' }, recordCount: 4 })
  expect(committed(result, 'refused')).toBeUndefined()
  expect(committed(result, 'held')).toBeUndefined()
})

describe('a line that is not a whole message', () => {
  const payee = 'somebody’s payee'
  const whole = (id: string) =>
    `{"type":"RECORD","record":{"stream":"things","emitted_at":1,` +
    `"data":{"id":"${id}","note":"${payee}"}}}`
  test.each([
    ['cut off', whole('b').slice(0, -4)],
    ['cut off within a text', whole('b').slice(0, -12)],
    ['with text before it', `WARN: slow answer ${whole('b')}`],
    ['with text behind it', `${whole('b')} done`],
    ['two on one line', whole('b') + whole('c')],
    ['no object', `"${payee}"`],
    ['a list', `[${whole('b')}]`],
    ['without a type', `{"record":{"note":"${payee}"}}`],
    ['a record without data', `{"type":"RECORD","record":{"stream":"${payee}","emitted_at":1}}`],
    ['a record whose data is a list', whole('b').replace(/"data":.*/, `"data":["${payee}"]}}`)],
    ['a state of no stream', `{"type":"STATE","state":{"type":"STREAM","data":"${payee}"}}`],
    ['a status of no stream', `{"type":"TRACE","trace":{"stream_status":"${payee}"}}`],
    ['a number', '7'],
  ])('(%s) ends the write, quoted nowhere, and no later state leaves', async (_what, line) => {
    await using db = await testDatabase()
    const result = await write(db, [dedup()], [whole('a'), line, whole('d'), state(4), complete()])
    expect(result.code).not.toBe(0)
    expect(result.states).toEqual([])
    expect(result.errors[0]?.failure_type).toBe('system_error')
    expect(JSON.stringify(result)).not.toContain('payee')
  })
})
