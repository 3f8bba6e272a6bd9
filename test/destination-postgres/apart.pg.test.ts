// L7: what is wrong with one stream, its configuration or somebody's lock on its table, is told of
// that stream, whose states do not leave; the others are synced.
import { expect, test } from 'vitest'
import { systemClock } from '../../src/std/clock.ts'
import type { AirbyteMessage, ConfiguredStream } from '../../src/protocol/message.ts'
import { ConnectorProcess, runConnector } from '../support/connector.ts'
import { testDatabase } from '../support/database.ts'
import {
  append,
  committed,
  complete,
  dedup,
  record,
  row,
  state,
  things,
  values,
  warehouseConfig,
} from '../support/warehouse.ts'

const other = { ...things, name: 'other' }
const wrong = (more: object): ConfiguredStream => ({ ...dedup(other), ...more })

test.each([
  ['no key', wrong({ primary_key: [], stream: { ...other, source_defined_primary_key: [] } })],
  ['a cursor that no field is', wrong({ cursor_field: ['nothing'] })],
  ['a cursor that is a word', wrong({ cursor_field: 'at' })],
  ['a mode that is none', wrong({ destination_sync_mode: 'update' })],
  ['generations that are mixed', wrong({ generation_id: 3, minimum_generation_id: 2 })],
])('a stream with %s is refused alone', async (_, stream) => {
  await using db = await testDatabase()
  const catalog = { streams: [stream, append()] }
  const inputs = { config: warehouseConfig(db), catalog }
  const global = { type: 'GLOBAL', global: { shared_state: { a: 1 }, stream_states: [] }, id: 3 }
  const result = await runConnector('destination-postgres', 'write', inputs, [
    record({ id: 'x', at: 1 }, 'other'),
    row('a', 1),
    state(1, 'other'),
    state(2),
    { type: 'STATE', state: global },
    complete('other'),
    complete(),
  ])
  expect(result.code).toBe(3)
  expect(result.errors).toMatchObject([
    { failure_type: 'config_error', stream_descriptor: { name: 'other' } },
  ])
  // Neither its own state leaves nor one that speaks for it, too.
  expect(values(result.states)).toEqual([2])
  expect(committed(result)).toMatchObject({ recordCount: 1 })
  expect((await db.pool().query('select id from w.things')).rows).toEqual([{ id: 'a' }])
})

test('of streams that would share a table neither is written, and a third one is', async () => {
  await using db = await testDatabase()
  const named = ['a b', 'a-b'].map((name) => append({ ...things, name }))
  const inputs = { config: warehouseConfig(db), catalog: { streams: [...named, append()] } }
  const input = [row('a', 1), complete('a b'), complete('a-b'), complete()]
  const result = await runConnector('destination-postgres', 'write', inputs, input)
  expect(result.code).toBe(3)
  expect(result.errors.map((error) => error.stream_descriptor?.name)).toEqual(['a b', 'a-b'])
  expect(result.errors[0]?.message).toMatch(/a b and a-b would both go to the table w\.a_b/)
  expect((await db.pool().query('select id from w.things')).rows).toEqual([{ id: 'a' }])
})

function raising(code: string): string {
  return `create function w.no() returns trigger language plpgsql as
      $$ begin raise exception 'not %', new.note using errcode = '${code}'; end $$;
    create trigger no before insert on w.other for each row execute function w.no()`
}

test.each([
  [
    'two keys that are one to it (21000)',
    `create collation w.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      alter table w.other alter id type varchar collate w.ci`,
    3,
    /twice|second time/,
  ],
  ['a code of nobody’s (APP01)', raising('APP01'), 3, /function w\.no\(\)/],
  ['a serialization failure (40001)', raising('40001'), 4, /function w\.no\(\)/],
  ['a cancelled statement (57014)', raising('57014'), 4, /function w\.no\(\)/],
])('%s ends its own stream, and no other', async (_what, harm, code, sentence) => {
  await using db = await testDatabase()
  const catalog = { streams: [dedup(other), append()] }
  const inputs = { config: warehouseConfig(db), catalog }
  const ends = [complete('other'), complete()]
  const first = [record({ id: 'x', at: 1 }, 'other'), ...ends]
  await runConnector('destination-postgres', 'write', inputs, first)
  await db.pool().query(harm)
  const keys = ['b', 'B'].map((id) => record({ id, at: 2, note: 'payee' }, 'other'))
  const input = [...keys, row('a', 1), state(1, 'other'), state(2), ...ends]
  const result = await runConnector('destination-postgres', 'write', inputs, input)
  expect(result.code).toBe(code)
  expect(result.errors).toMatchObject([
    {
      failure_type: code === 3 ? 'config_error' : 'transient_error',
      stream_descriptor: { name: 'other' },
      message: expect.stringMatching(sentence) as string,
    },
  ])
  expect(JSON.stringify(result.messages)).not.toContain('payee')
  expect(values(result.states)).toEqual([2])
  expect((await db.pool().query('select id from w.things')).rows).toEqual([{ id: 'a' }])
})

test('a table that somebody holds is left, and its stream tried later', async () => {
  await using db = await testDatabase()
  const pool = db.pool()
  await pool.query(`alter database ${db.name} set deadlock_timeout = '3s'`)
  const inputs = { config: warehouseConfig(db), catalog: { streams: [append(other), append()] } }
  await using writer = await ConnectorProcess.start('destination-postgres', 'write', inputs)
  const told = (what: (message: AirbyteMessage) => boolean) =>
    writer.until((messages) => messages.some(what))
  await writer.send(state(1))
  await told(({ type }) => type === 'STATE')
  const rival = await pool.connect()
  await rival.query(`set deadlock_timeout = '10min'; begin;
    select from airbyte_internal.fence where table_name = 'other' for update`)
  await writer.send(record({ id: 'x', at: 1 }, 'other'), state(1, 'other'), complete('other'))
  const waits = `select from pg_stat_activity
    where application_name = 'tartan destination-postgres' and wait_event_type = 'Lock'`
  while ((await pool.query(waits)).rows.length === 0) await systemClock.sleep(20)
  // Each waits for the other now; the writer finds that out first.
  await rival.query('lock table w.other; rollback')
  rival.release()
  await writer.send(row('a', 1), state(2), complete())
  writer.end()
  const result = await writer.result()
  expect(result.code).toBe(4)
  expect(result.errors).toMatchObject([
    { failure_type: 'transient_error', stream_descriptor: { name: 'other' } },
  ])
  expect(result.errors[0]?.message).toMatch(/another session holds w\.other .* tried again later/)
  expect(values(result.states)).toEqual([1, 2])
  expect((await pool.query('select id from w.things')).rows).toEqual([{ id: 'a' }])
  expect((await pool.query('select id from w.other')).rows).toEqual([])
})
