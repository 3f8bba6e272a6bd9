// Soft deletion: what the source deleted stays, with its values, and says when. Hard deletion: it
// goes. Either way a deletion is known from its record, whatever fields were selected.
import { expect, test } from 'vitest'
import { runConnector } from '../support/connector.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import {
  complete,
  dedup,
  row,
  snapshot,
  state,
  things,
  tombstone,
  warehouseConfig,
} from '../support/warehouse.ts'
import type { ConfiguredStream } from '../../src/protocol/message.ts'

const { _ab_cdc_deleted_at: _, ...few } = things.json_schema['properties'] as Record<string, object>
/** Without the field that says what was deleted. */
const deselected = { ...things, json_schema: { type: 'object', properties: few } }

async function write(db: TestDatabase, stream: ConfiguredStream, input: object[], soft = true) {
  const more = soft ? { cdc_deletion_mode: 'Soft delete' } : {}
  const inputs = { config: warehouseConfig(db, more), catalog: { streams: [stream] } }
  const result = await runConnector('destination-postgres', 'write', inputs, [...input, complete()])
  expect(result).toMatchObject({ code: 0, errors: [] })
  return result
}

async function found(db: TestDatabase): Promise<string[]> {
  const { rows } = await db.pool().query<{ text: string }>(
    `select concat_ws(' ', id, at, note, case when _ab_cdc_deleted_at is not null then 'gone' end)
       as text from w.things order by id`,
  )
  return rows.map(({ text }) => text)
}

test.each([
  ['selected', things],
  ['not selected', deselected],
])('a deletion marks and keeps the values, in every way in (mark %s)', async (_name, stream) => {
  await using db = await testDatabase()
  // A first load.
  const first = [row('a', 1), row('b', 1), row('c', 1), tombstone('a', 2), tombstone('never', 2)]
  await write(db, dedup(stream), first)
  expect(await found(db)).toEqual(['a 2 a@1 gone', 'b 1 b@1', 'c 1 c@1'])
  // A merge: an older tombstone marks nothing, a row and its tombstone in one batch both count.
  await write(db, dedup(stream), [
    tombstone('b', 0),
    tombstone('c', 3),
    row('d', 4, 'new'),
    tombstone('d', 5),
    row('a', 1, 'older'),
  ])
  expect(await found(db)).toEqual(['a 2 a@1 gone', 'b 1 b@1', 'c 3 c@1 gone', 'd 5 new gone'])
  // What comes back is there again.
  await write(db, dedup(stream), [row('c', 6, 'back')])
  expect((await found(db))[2]).toBe('c 6 back')
  // A replacement.
  await write(db, { ...snapshot(stream, 2), cursor_field: ['at'] }, [
    row('a', 1, 'old'),
    row('a', 2, 'x'),
    tombstone('a', 3),
    row('b', 5),
    tombstone('b', 4),
    tombstone('z', 1),
  ])
  expect(await found(db)).toEqual(['a 3 x gone', 'b 5 b@5'])
})

test('a batch of nothing but marks is durable and counted', async () => {
  await using db = await testDatabase()
  await write(db, dedup(), [row('a', 1)])
  const result = await write(db, dedup(), [tombstone('a', 2), state(2)])
  expect(result.states).toMatchObject([
    { destinationStats: { recordCount: 1 }, destination_table: { commits: 2 } },
  ])
})

test('a hard deletion is known though the field is not selected', async () => {
  await using db = await testDatabase()
  await write(db, dedup(deselected), [row('a', 1), row('b', 1)], false)
  await write(db, dedup(deselected), [tombstone('a', 2)], false)
  const { rows } = await db.pool().query('select id from w.things')
  expect(rows).toEqual([{ id: 'b' }])
})
