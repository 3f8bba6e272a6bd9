// Nothing "succeeds" into a table that keeps rows from itself, without a word (L3): a rule, a
// trigger that gives no row back, a policy. What lets every row through is in nobody's way.
import { expect, test } from 'vitest'
import type { ConfiguredStream } from '../../src/protocol/message.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import {
  append,
  dedup,
  overwrite,
  record,
  row,
  snapshot,
  things,
  tombstone,
  writeWhole,
} from '../support/warehouse.ts'

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

const takesAway = (kind: string, when: string) =>
  `create function w.f() returns trigger language plpgsql as $$begin
     delete from w.things where id = 'c'; return null; end$$;
   create ${kind} t after insert or update on w.things ${when} execute function w.f()`

const keepsSome = trigger('insert', dropSome)
const keepsChanges = trigger('update', 'return null;')
const keepsDeletions = trigger('delete', 'return null;')

test.each<[string, ConfiguredStream, ConfiguredStream, string, object[]]>([
  ['an INSERT', dedup(), dedup(), keepsSome, after],
  ['an UPDATE', dedup(), dedup(), keepsChanges, after],
  ['a DELETE', dedup(), dedup(), keepsDeletions, after],
  ['a row, once it is there,', dedup(), dedup(), takesAway('trigger', 'for each statement'), after],
  [
    'a row, at the commit,',
    dedup(),
    dedup(),
    takesAway('constraint trigger', 'initially deferred for each row'),
    after,
  ],
  ['a row without a key', append(), append(), keepsSome, anew],
  ['a row of an overwrite', overwrite(), overwrite(things, 2), keepsSome, anew],
  ['a row of a snapshot', snapshot(), snapshot(things, 2), keepsSome, anew],
  ['a change of a snapshot', snapshot(), snapshot(things, 2), keepsChanges, anew],
  ['what a snapshot has not any more', snapshot(), snapshot(things, 2), keepsDeletions, anew],
])('%s that a trigger keeps away is told', async (_what, old, now, harm, input) => {
  expect(await refused(old, now, harm, input)).toMatch(/a trigger or a policy/)
})

test('a rule that does something else is refused by its name', async () => {
  const rule = 'create rule mine as on delete to w.things do instead nothing'
  expect(await refused(dedup(), dedup(), rule, after)).toMatch(
    /its rule mine does something else than is asked; drop it/,
  )
})

test('a table from which another inherits is refused by the name of that', async () => {
  const heir = `create table w.old (primary key (id)) inherits (w.things);
    with gone as (delete from only w.things where id = 'a' returning *)
    insert into w.old select * from gone`
  expect(await refused(dedup(), dedup(), heir, after)).toMatch(
    /w\.old inherits from it.*alter table w\.old no inherit/,
  )
})

/** What is said after the harm; nothing was changed, and no state left. */
async function refused(
  old: ConfiguredStream,
  now: ConfiguredStream,
  harm: string,
  input: object[],
): Promise<string | undefined> {
  await using db = await testDatabase()
  expect((await writeWhole(db, old, before)).code).toBe(0)
  await db.pool().query(harm)
  const result = await writeWhole(db, now, input)
  expect(result).toMatchObject({ code: 3, states: [] })
  expect(await rows(db)).toEqual(['a1x', 'b1x'])
  return result.errors[0]?.message
}

test.each([
  ['hard', {}, ['a2A@2', 'c3C@3']],
  ['soft', { cdc_deletion_mode: 'Soft delete' }, ['a2A@2', 'b4X', 'c3C@3']],
])('a trigger that lets every row through may change it (%s deletion)', async (_m, more, now) => {
  await using db = await testDatabase()
  expect((await writeWhole(db, dedup(), before, more)).code).toBe(0)
  await db.pool().query(trigger('insert or update', 'new.note := upper(new.note); return new;'))
  const input = [...after, row('c', 2, 'old')]
  expect((await writeWhole(db, dedup(), input, more)).code).toBe(0)
  expect(await rows(db)).toEqual(now)
  expect((await writeWhole(db, dedup(), [row('a', 1, 'older')], more)).code).toBe(0)
  expect(await rows(db)).toEqual(now)
})
