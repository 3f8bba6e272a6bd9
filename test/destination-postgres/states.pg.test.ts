// L3: a state leaves only when every record before it is durable, however the process ends; and
// streams keep out of each other's way (L7).
import { expect, test } from 'vitest'
import type { AirbyteStream } from '../../src/protocol/message.ts'
import { systemClock } from '../../src/std/clock.ts'
import { ConnectorProcess, runConnector } from '../support/connector.ts'
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
  warehouseConfig,
} from '../support/warehouse.ts'

const plain: AirbyteStream = {
  name: 'plain',
  json_schema: { properties: { n: { type: 'integer' } } },
  supported_sync_modes: ['full_refresh'],
}

function number(n: number): object {
  return record({ n }, 'plain')
}

async function count(db: TestDatabase, table: string): Promise<number> {
  const { rows } = await db.pool().query<{ n: number }>(`select count(*)::int n from w.${table}`)
  return rows[0]?.n ?? -1
}

test('after kill -9 every state that left is covered by committed rows', async () => {
  await using db = await testDatabase()
  const config = warehouseConfig(db)
  const catalog = { streams: [dedup()] }
  const note = 'x'.repeat(2_000)
  for (const round of [1, 2, 3]) {
    const inputs = { config, catalog }
    await using writer = await ConnectorProcess.start('destination-postgres', 'write', inputs)
    const sending = (async () => {
      for (let n = 1; n < 100_000; n++) await writer.send(row(`${round}-${n}`, n, note), state(n))
    })().catch(() => {}) // the process is gone
    await writer.until(
      (messages) => messages.filter((m) => m.type === 'STATE').length > round * 900,
    )
    writer.kill('SIGKILL')
    const { states, signal } = await writer.result()
    await sending
    expect(signal).toBe('SIGKILL')
    const last = values(states).at(-1) as number
    const { rows } = await db
      .pool()
      .query<{ n: number }>(
        `select count(*)::int as n from w.things where id like '${round}-%' and at <= ${last}`,
      )
    expect(rows[0]?.n).toBe(last)
  }
})

test('SIGTERM ends a write, without what is not committed', async () => {
  await using db = await testDatabase()
  const inputs = { config: warehouseConfig(db), catalog: { streams: [dedup()] } }
  await using writer = await ConnectorProcess.start('destination-postgres', 'write', inputs)
  await writer.send(row('a', 1), state(1))
  const pool = db.pool()
  const table = `select 1 as found from pg_tables where tablename = 'things'`
  while ((await pool.query(table)).rowCount === 0) await systemClock.sleep(20)
  writer.kill('SIGTERM')
  expect(await writer.result()).toMatchObject({ code: 143, states: [] })
  expect((await pool.query('select id from w.things')).rowCount).toBe(0)
})

test('a connection that is lost while the writer waits ends it, to be tried again', async () => {
  await using db = await testDatabase()
  const inputs = { config: warehouseConfig(db), catalog: { streams: [dedup()] } }
  await using writer = await ConnectorProcess.start('destination-postgres', 'write', inputs)
  const pool = db.pool()
  const end = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'tartan destination-postgres'`
  // One that is lost while it is opened is opened again: it is ended until the writer gives up.
  const result = writer.result()
  const pause = () => systemClock.sleep(20).then(() => undefined)
  let ended = await Promise.race([result, pause()])
  for (; !ended; ended = await Promise.race([result, pause()])) await pool.query(end)
  const { code, errors } = ended
  expect(code).not.toBe(0)
  expect(errors[0]?.failure_type).toBe('transient_error')
})

test('interleaved streams each get their states, an overwriting one after its end', async () => {
  await using db = await testDatabase()
  const snapshot = { ...things, name: 'snapshot' }
  const result = await runConnector(
    'destination-postgres',
    'write',
    {
      config: warehouseConfig(db),
      catalog: { streams: [dedup(), append(plain), overwrite(snapshot)] },
    },
    [
      row('a', 1),
      record({ id: 's', at: 1 }, 'snapshot'),
      number(1),
      state(10, 'snapshot'),
      state(1),
      state(100, 'plain'),
      number(2),
      row('b', 2),
      state(2),
      state(101, 'plain'),
      complete(),
      complete('snapshot'),
      complete('plain'),
    ],
  )
  expect(result).toMatchObject({ code: 0, errors: [] })
  expect(values(result.states)).toHaveLength(5)
  const of = (name: string) =>
    values(result.states.filter(({ stream }) => stream?.stream_descriptor.name === name))
  expect([of('things'), of('plain'), of('snapshot')]).toEqual([[1, 2], [100, 101], [10]])
  expect(await count(db, 'plain')).toBe(2)
  expect(await count(db, 'snapshot')).toBe(1)
})

test('a global state waits for all streams', async () => {
  await using db = await testDatabase()
  const global = { shared_state: { lsn: 1 }, stream_states: [] }
  const result = await runConnector(
    'destination-postgres',
    'write',
    { config: warehouseConfig(db), catalog: { streams: [dedup(), append(plain)] } },
    [
      row('a', 1),
      number(1),
      { type: 'STATE', state: { type: 'GLOBAL', global } },
      complete(),
      complete('plain'),
    ],
  )
  const incarnation = expect.any(String) as string
  const witness = expect.any(Object) as object
  expect(result.states).toEqual([
    {
      type: 'GLOBAL',
      global,
      destinationStats: { recordCount: 2 },
      destination_tables: [
        { stream_descriptor: { name: 'things' }, incarnation, commits: 1, witness },
        { stream_descriptor: { name: 'plain' }, incarnation, commits: 1, witness },
      ],
    },
  ])
})

test('a stream that its table refuses is told of, and the others are written', async () => {
  await using db = await testDatabase()
  await db.pool().query('create schema w; create view w.things as select 1 as id')
  const result = await runConnector(
    'destination-postgres',
    'write',
    { config: warehouseConfig(db), catalog: { streams: [dedup(), append(plain)] } },
    [row('a', 1), number(1), state(1), state(5, 'plain'), complete(), complete('plain')],
  )
  expect(result.code).not.toBe(0)
  expect(result.errors).toMatchObject([
    { failure_type: 'config_error', stream_descriptor: { name: 'things' } },
  ])
  expect(values(result.states)).toEqual([5])
  expect(await count(db, 'plain')).toBe(1)
})

test('appended rows keep every version, twice if they come twice', async () => {
  await using db = await testDatabase()
  const inputs = { config: warehouseConfig(db), catalog: { streams: [append()] } }
  for (const _ of [1, 2]) {
    const result = await runConnector('destination-postgres', 'write', inputs, [
      row('a', 1),
      state(1),
      complete(),
    ])
    expect(result).toMatchObject({ code: 0, errors: [] })
  }
  expect(await count(db, 'things')).toBe(2)
})

test('a number that a double would round goes in and comes back to the digit', async () => {
  await using db = await testDatabase()
  const exact = '12345678901234567890.12345678901234567890'
  const stream = { ...plain, json_schema: { properties: { n: { type: 'number' }, o: {} } } }
  const data = `{"n":${exact},"o":{"k":${exact}}}`
  const line = `{"type":"RECORD","record":{"stream":"plain","emitted_at":1,"data":${data}}}`
  const state = `{"stream_descriptor":{"name":"plain"},"stream_state":{"at":${exact}}}`
  const told = `{"type":"STATE","state":{"type":"STREAM","stream":${state}}}`
  await using writer = await ConnectorProcess.start('destination-postgres', 'write', {
    config: warehouseConfig(db),
    catalog: { streams: [append(stream)] },
  })
  await writer.send(line, told, complete('plain'))
  writer.end()
  expect((await writer.result()).code).toBe(0)
  expect(writer.raw).toContain(`"at":${exact}`)
  const { rows } = await db.pool().query(`select n, o->'k' #>> '{}' as k from w.plain`)
  expect(rows).toEqual([{ n: exact, k: exact }])
})
