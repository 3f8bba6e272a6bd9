// Nothing "succeeds" into a table that keeps rows from itself, without a word (L3): a rule, a
// trigger that gives no row back, a policy. What lets every row through is in nobody's way.
import { expect, test } from 'vitest'
import type { ConfiguredStream } from '../../src/protocol/message.ts'
import { runConnector } from '../support/connector.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import {
  append,
  complete,
  dedup,
  overwrite,
  record,
  row,
  snapshot,
  state,
  tombstone,
  warehouseConfig,
} from '../support/warehouse.ts'

async function write(db: TestDatabase, stream: ConfiguredStream, input: object[], more = {}) {
  const inputs = { config: warehouseConfig(db, more), catalog: { streams: [stream] } }
  return runConnector('destination-postgres', 'write', inputs, [...input, state(1), complete()])
}

const trigger = (when: string, body: string) =>
  `create function w.f() returns trigger language plpgsql as $$begin ${body} end$$;
   create trigger t before ${when} on w.things for each row execute function w.f()`

const rows = async (db: TestDatabase) => {
  const { rows } = await db
    .pool()
    .query<{ text: string }>('select concat(id, at, note) as text from w.things order by id, at')
  return rows.map(({ text }) => text)
}

const dropSome = `if new.id = 'c' then return null; end if; return new;`
const before = [record({ id: 'a', at: 1, note: 'x' }), record({ id: 'b', at: 1, note: 'x' })]
const after = [row('a', 2), row('c', 3), tombstone('b', 4)]
const anew = [row('a', 2), row('c', 3)]

const kept: [string, ConfiguredStream, ConfiguredStream, string, object[], RegExp][] = [
  ['an INSERT', dedup(), dedup(), trigger('insert', dropSome), after, /a trigger or a policy/],
  [
    'an UPDATE',
    dedup(),
    dedup(),
    trigger('update', 'return null;'),
    after,
    /a trigger or a policy/,
  ],
  ['a DELETE', dedup(), dedup(), trigger('delete', 'return null;'), after, /a trigger or a policy/],
  [
    'a row without a key',
    append(),
    append(),
    trigger('insert', dropSome),
    anew,
    /a trigger or a policy/,
  ],
  [
    'a change of a snapshot',
    snapshot(),
    snapshot(),
    trigger('update', 'return null;'),
    anew,
    /a trigger or a policy/,
  ],
  [
    'a row of an overwrite',
    overwrite(),
    overwrite(),
    trigger('insert', dropSome),
    anew,
    /a trigger or a policy/,
  ],
  [
    'a row of a snapshot',
    snapshot(),
    snapshot(),
    trigger('insert', dropSome),
    anew,
    /a trigger or a policy/,
  ],
  [
    'what a rule does instead',
    dedup(),
    dedup(),
    'create rule mine as on delete to w.things do instead nothing',
    after,
    /its rule mine does something else than is asked; drop it/,
  ],
]

test.each(kept)('%s that is kept away is told', async (_what, old, now, harm, input, said) => {
  await using db = await testDatabase()
  expect((await write(db, old, before)).code).toBe(0)
  await db.pool().query(harm)
  const refused = await write(db, { ...now, ...later(now) }, input)
  expect(refused).toMatchObject({ code: 3, states: [] })
  expect(refused.errors[0]!.message).toMatch(said)
  expect(await rows(db)).toEqual(['a1x', 'b1x'])
})

/** An overwrite is of the next generation. */
function later({ generation_id: id }: ConfiguredStream): Partial<ConfiguredStream> {
  return id === undefined || id === null
    ? {}
    : { generation_id: id + 1, minimum_generation_id: id + 1 }
}

test.each([
  ['hard', {}, ['a2A@2', 'c3C@3']],
  ['soft', { cdc_deletion_mode: 'Soft delete' }, ['a2A@2', 'b4X', 'c3C@3']],
])('a trigger that lets every row through may change it (%s deletion)', async (_m, more, now) => {
  await using db = await testDatabase()
  expect((await write(db, dedup(), before, more)).code).toBe(0)
  await db.pool().query(trigger('insert or update', 'new.note := upper(new.note); return new;'))
  const input = [...after, row('c', 2, 'old')]
  expect((await write(db, dedup(), input, more)).code).toBe(0)
  expect(await rows(db)).toEqual(now)
  expect((await write(db, dedup(), [row('a', 1, 'older')], more)).code).toBe(0)
  expect(await rows(db)).toEqual(now)
})
