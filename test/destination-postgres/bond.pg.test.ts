// L3: a state is worth what it was earned with. Whatever a person does to a table between two
// syncs, the state that was earned with it is expired, before anything is taken, and the other
// streams go on (L7).
import { describe, expect, test } from 'vitest'
import type { AirbyteStream, DestinationTable } from '../../src/protocol/message.ts'
import { ConnectorProcess } from '../support/connector.ts'
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
  things,
  tombstone,
  values,
  warehouseConfig,
  write,
} from '../support/warehouse.ts'

const other: AirbyteStream = { ...things, name: 'other' }

/** One sync of rows a and b in two commits, and what its state is bound to. */
async function earned(db: TestDatabase): Promise<DestinationTable> {
  await write(db, [dedup()], [row('a', 1), state(1), complete()])
  const { states, code } = await write(db, [dedup()], [row('b', 2), state(2), complete()])
  expect(code).toBe(0)
  return states[0]!.destination_table!
}

async function notes(db: TestDatabase): Promise<string[]> {
  const { rows } = await db.pool().query<{ note: string }>('select note from w.things order by id')
  return rows.map(({ note }) => note)
}

const harms: [string, string | undefined, object, RegExp][] = [
  ['dropped', 'drop table w.things', {}, /not there: it was dropped/],
  ['renamed', 'alter table w.things rename to old', {}, /not there: it was dropped or renamed/],
  [
    'made again with the same rows',
    `create table w.copy as select * from w.things; drop table w.things;
      alter table w.copy rename to things`,
    {},
    /another one than the one that was filled/,
  ],
  ['emptied by truncate', 'truncate w.things', {}, /was emptied/],
  ['emptied by delete', 'delete from w.things', {}, /was emptied/],
  [
    'restored from an older backup',
    'update airbyte_internal.fence set commits = commits - 1',
    {},
    /lacks 1 of the 2 commits/,
  ],
  [
    'put back from an older copy of its rows',
    `create table w.copy as select * from w.things where id = 'a';
      delete from w.things; insert into w.things select * from w.copy; drop table w.copy`,
    {},
    /lacks a row that was written last/,
  ],
  ['forgotten by the fence', 'truncate airbyte_internal.fence', {}, /not one that was filled/],
  ['without a column', 'alter table w.things drop column note', {}, /not the columns .*\(note\)/],
  [
    'with a column renamed',
    'alter table w.things rename column note to memo',
    {},
    /not the columns .*\(note\)/,
  ],
  [
    'with a column cut',
    'alter table w.things alter note type varchar(2) using left(note, 2)',
    {},
    /not the columns .*\(note\)/,
  ],
  ['in another schema', undefined, { schema: 'elsewhere' }, /elsewhere\.things is not there/],
  ['under another fence', undefined, { raw_data_schema: 'mine' }, /not one that was filled/],
]

test.each(harms)(
  'the state of a table that is %s is expired, and other streams go on',
  async (_what, harm, more, sentence) => {
    await using db = await testDatabase()
    const bond = await earned(db)
    const pool = db.pool()
    if (harm) await pool.query(harm)
    const streams = [dedup(things, { destination_table: bond }), append(other)]
    const input = [
      row('c', 3),
      state(3),
      record({ id: 'x' }, 'other'),
      state(9, 'other'),
      complete(),
      complete('other'),
    ]
    const result = await write(db, streams, input, more)
    expect(result.code).not.toBe(0)
    expect(result.errors).toMatchObject([
      {
        failure_type: 'config_error',
        state_expired: true,
        stream_descriptor: { name: 'things' },
        message: expect.stringMatching(sentence) as string,
      },
    ])
    expect(result.errors[0]?.message).toContain('read again from the beginning')
    expect(values(result.states)).toEqual([9])
    const rows = await db
      .pool()
      .query(`select tablename from pg_tables where schemaname = 'w' order by 1`)
    for (const { tablename } of rows.rows as { tablename: string }[]) {
      const taken = `select 1 as one from w."${tablename}" as t where to_jsonb(t)::text ~ 'c@3'`
      expect((await pool.query(taken)).rowCount).toBe(0)
    }
    // What the engine does then.
    const again = [row('a', 1), row('b', 2), row('c', 3), state(3), complete()]
    const refreshed = await write(db, [{ ...snapshot(), destination_table: null }], again)
    expect(refreshed).toMatchObject({ code: 0, errors: [] })
    expect(await notes(db)).toEqual(['a@1', 'b@2', 'c@3'])
    expect(refreshed.states[0]?.destination_table?.incarnation).not.toBe(bond.incarnation)
  },
)

describe('a state that is good', () => {
  test('is one of the table as it is, or of fewer commits', async () => {
    await using db = await testDatabase()
    const bond = await earned(db)
    for (const destination_table of [bond, { ...bond, commits: 1 }]) {
      const stream = dedup(things, { destination_table })
      const result = await write(db, [stream], [row('c', 3), state(3), complete()])
      expect(result).toMatchObject({ code: 0, errors: [] })
    }
  })

  test('is one of a table in which somebody changed rows, or which was packed', async () => {
    await using db = await testDatabase()
    const destination_table = await earned(db)
    await db.pool().query(`update w.things set note = 'mine'`)
    await db.pool().query('vacuum full w.things')
    const stream = dedup(things, { destination_table })
    const result = await write(db, [stream], [row('c', 3), state(3), complete()])
    expect(result).toMatchObject({ code: 0, errors: [] })
    expect(await notes(db)).toEqual(['mine', 'mine', 'c@3'])
  })

  test('is not one from before another wrote to the table by a fence of its own', async () => {
    await using db = await testDatabase()
    const destination_table = await earned(db)
    const anothers = { raw_data_schema: 'anothers' }
    await write(db, [overwrite(things, 1)], [row('z', 1), complete()], anothers)
    const result = await write(db, [dedup(things, { destination_table })], [row('c', 3)])
    expect(result.errors[0]).toMatchObject({ state_expired: true })
    expect(await notes(db)).toEqual(['z@1'])
  })

  test.each([
    ['by key', dedup()],
    ['without a key', append()],
  ])('is not one of a large first load of which a part was put back, %s', async (_, stream) => {
    await using db = await testDatabase()
    const rows = Array.from({ length: 3_000 }, (_, n) => row(`${n}`, n, 'x'.repeat(500)))
    const loaded = await write(db, [stream], [...rows, state(1), complete()])
    const destination_table = loaded.states[0]!.destination_table!
    expect(destination_table.witness).toBeDefined()
    const again = () => write(db, [{ ...stream, destination_table }], [state(2), complete()])
    expect(await again()).toMatchObject({ code: 0 })
    await db.pool().query(`create table w.copy as select * from w.things where at < 2900;
      truncate w.things; insert into w.things select * from w.copy`)
    expect((await again()).errors[0]).toMatchObject({ state_expired: true })
  })

  test('is one of a table that its own tombstones emptied', async () => {
    await using db = await testDatabase()
    await earned(db)
    const gone = [tombstone('a', 5), tombstone('b', 5), state(5), complete()]
    const emptied = await write(db, [dedup()], gone)
    const { destination_table } = emptied.states[0]!
    const input = [row('c', 6), state(6), complete()]
    const result = await write(
      db,
      [dedup(things, { destination_table: destination_table! })],
      input,
    )
    expect(result).toMatchObject({ code: 0, errors: [] })
    expect(await notes(db)).toEqual(['c@6'])
  })

  test('is not one that was earned before the table was replaced', async () => {
    await using db = await testDatabase()
    const destination_table = await earned(db)
    await write(db, [snapshot()], [row('z', 1), complete()])
    const result = await write(db, [dedup(things, { destination_table })], [row('c', 3)])
    expect(result.errors[0]).toMatchObject({
      state_expired: true,
      message: expect.stringContaining('it was replaced since') as string,
    })
    expect(await notes(db)).toEqual(['z@1'])
  })

  test('is not one from before somebody emptied it, though rows came since', async () => {
    await using db = await testDatabase()
    const destination_table = await earned(db)
    await db.pool().query('truncate w.things')
    for (const at of [3, 4, 5]) await write(db, [dedup()], [row('z', at), complete()])
    const result = await write(db, [dedup(things, { destination_table })], [row('c', 6)])
    expect(result.errors[0]?.state_expired).toBe(true)
  })
})

test('commits count transactions that changed the table, and nothing else', async () => {
  await using db = await testDatabase()
  const { incarnation } = await earned(db)
  const idle = await write(db, [dedup()], [state(1), row('b', 1), state(2), complete()])
  expect(idle.states.map((one) => one.destination_table)).toEqual([
    { incarnation, commits: 2 },
    { incarnation, commits: 2 },
  ])
})

test.each([
  ['dropped', 'drop table w.things'],
  ['emptied', 'truncate w.things'],
  ['emptied', 'delete from w.things'],
  ['altered (note dropped or renamed)', 'alter table w.things drop column note'],
  [
    'dropped and made again',
    `alter table w.things rename to old; create table w.things (like w.old including all);
      insert into w.things select * from w.old; drop table w.old`,
  ],
])('a table that is %s while it is written to has to be read again: %s', async (how, harm) => {
  await using db = await testDatabase()
  await earned(db)
  await using writer = await ConnectorProcess.start('destination-postgres', 'write', {
    config: warehouseConfig(db),
    catalog: { streams: [dedup()] },
  })
  await writer.send(state(1))
  await writer.until((messages) => messages.some(({ type }) => type === 'STATE'))
  await db.pool().query(harm)
  await writer.send(row('c', 3), state(2), complete())
  writer.end()
  const result = await writer.result()
  const message = expect.stringContaining(`was ${how} while`) as string
  expect(result.errors).toMatchObject([{ state_expired: true, message }])
  expect(values(result.states)).toEqual([1])
})
