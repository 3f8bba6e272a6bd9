// L6: a writer that was replaced commits nothing more, and does not stand in the way.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { configure } from '../../src/destination-postgres/config.ts'
import { Session } from '../../src/destination-postgres/session.ts'
import { systemClock } from '../../src/std/clock.ts'
import { ConnectorProcess, runConnector } from '../support/connector.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'
import { complete, dedup, row, state, tombstone, warehouseConfig } from '../support/warehouse.ts'

const never = new AbortController().signal

function inputs(db: TestDatabase): { config: object; catalog: object } {
  return { config: warehouseConfig(db), catalog: { streams: [dedup()] } }
}

async function ids(db: TestDatabase): Promise<string[]> {
  const { rows } = await db.pool().query<{ id: string }>('select id from w.things order by id')
  return rows.map(({ id }) => id)
}

/** Resolves when the writer waits for rows. */
async function prepared(db: TestDatabase): Promise<void> {
  const pool = db.pool()
  const table = `select 1 as found from pg_tables where tablename = 'things'`
  while ((await pool.query(table)).rowCount === 0) await systemClock.sleep(5)
  await activity(db, `state = 'idle' and query = 'commit'`)
}

/** Resolves when a session of the destination is in the state that the test waits for. */
async function activity(db: TestDatabase, condition: string): Promise<void> {
  const pool = db.pool()
  for (;;) {
    const { rowCount } = await pool.query(
      `select 1 as found from pg_stat_activity where datname = $1 and ${condition}
       and application_name = 'tartan destination-postgres'`,
      [db.name],
    )
    if (rowCount) return
    await systemClock.sleep(5)
  }
}

/** A way to the database that lets nobody through until it is opened. */
async function closedGate(db: TestDatabase) {
  const { hostname, port } = new URL(db.url.reveal())
  const opened = Promise.withResolvers<void>()
  const letThrough = async (client: Socket) => {
    client.on('error', () => {}) // a try that was given up while the gate was closed
    await opened.promise
    const server = connect(Number(port), hostname).on('error', () => client.destroy())
    client.pipe(server).pipe(client)
  }
  const gate = createServer((client) => void letThrough(client)).listen(0, '127.0.0.1')
  gate.unref()
  await once(gate, 'listening')
  return {
    port: (gate.address() as AddressInfo).port,
    reached: once(gate, 'connection'),
    open: () => opened.resolve(),
  }
}

test('a writer stopped within a COPY is replaced and resurrects nothing', async () => {
  await using db = await testDatabase()
  await using old = await ConnectorProcess.start('destination-postgres', 'write', inputs(db))
  // Large enough that the COPY is under way when the process stops.
  const note = 'x'.repeat(100_000)
  const sending = old.send(...Array.from({ length: 150 }, (_, i) => row(`a${i}`, 1, note)))
  await activity(db, `state = 'active' and query like 'copy %'`)
  old.kill('SIGSTOP')

  const input = [row('b', 2), tombstone('a0', 2), tombstone('a1', 2), state(1), complete()]
  const fresh = await runConnector('destination-postgres', 'write', inputs(db), input)
  expect(fresh).toMatchObject({ code: 0, errors: [] })

  old.kill('SIGCONT')
  await sending.catch(() => {})
  old.end()
  const result = await old.result()
  expect(result.code).not.toBe(0)
  expect(result.states).toEqual([])
  expect(await ids(db)).toEqual(['b'])
})

test('a writer stopped between batches finds its session ended', async () => {
  await using db = await testDatabase()
  await using old = await ConnectorProcess.start('destination-postgres', 'write', inputs(db))
  await old.send(row('a', 1))
  await prepared(db)
  old.kill('SIGSTOP')
  const input = [row('a', 1), tombstone('a', 2), complete()]
  await runConnector('destination-postgres', 'write', inputs(db), input)
  old.kill('SIGCONT')
  await old.send(row('a', 1), complete()).catch(() => {})
  old.end()
  const result = await old.result()
  expect(result.code).not.toBe(0)
  expect(result.errors[0]).toMatchObject({ failure_type: 'transient_error' })
  expect(await ids(db)).toEqual([])
})

test('a writer stopped before it began is refused when it wakes', async () => {
  await using db = await testDatabase()
  const gate = await closedGate(db)
  const { catalog } = inputs(db)
  const config = warehouseConfig(db, { port: gate.port })
  await using old = await ConnectorProcess.start('destination-postgres', 'write', {
    config,
    catalog,
  })
  await old.send(row('a', 1), state(1), complete())
  old.end()
  await gate.reached
  old.kill('SIGSTOP')
  const input = [row('a', 1), tombstone('a', 2), complete()]
  const fresh = await runConnector('destination-postgres', 'write', inputs(db), input)
  expect(fresh.code).toBe(0)
  gate.open()
  old.kill('SIGCONT')
  const result = await old.result()
  expect(result.code).not.toBe(0)
  expect(result.errors[0]?.internal_message).toContain('FENCED')
  expect(await ids(db)).toEqual([])
})

test('a commit under an older token is refused', async () => {
  await using db = await testDatabase()
  await using old = await ConnectorProcess.start('destination-postgres', 'write', inputs(db))
  await old.send(row('a', 1))
  await prepared(db)
  const pool = db.pool()
  await pool.query('update airbyte_internal.fence set token = token + 1')
  await old.send(state(1), complete())
  old.end()
  const result = await old.result()
  expect(result.errors[0]?.internal_message).toContain('FENCED')
  expect(result).toMatchObject({ states: [] })
  expect(await ids(db)).toEqual([])
})

test.each([
  ['dropped', 'drop table airbyte_internal.fence', /airbyte_internal\.fence.* was dropped/],
  ['emptied', 'delete from airbyte_internal.fence', /lost its row of w\.things/],
])('a fence that is %s meanwhile is told of, and made again', async (_what, harm, sentence) => {
  await using db = await testDatabase()
  await using writer = await ConnectorProcess.start('destination-postgres', 'write', inputs(db))
  await writer.send(state(1))
  await writer.until((messages) => messages.some(({ type }) => type === 'STATE'))
  await db.pool().query(harm)
  await writer.send(row('a', 1), complete())
  writer.end()
  const { code, errors } = await writer.result()
  expect(code).toBe(4)
  expect(errors).toMatchObject([
    {
      failure_type: 'transient_error',
      stream_descriptor: { name: 'things' },
      message: expect.stringMatching(sentence) as string,
    },
  ])
  const again = [row('a', 1), state(1), complete()]
  const next = await runConnector('destination-postgres', 'write', inputs(db), again)
  expect(next).toMatchObject({ code: 0, errors: [] })
  expect(await ids(db)).toEqual(['a'])
})

test('a fence that somebody holds is named', async () => {
  await using db = await testDatabase()
  const place = { schema: 'w', name: 'things' }
  await using session = await Session.open(configure(warehouseConfig(db)), never)
  await session.transaction(() => session.ensureFence())
  const rival = await db.pool().connect()
  await rival.query('begin; lock table airbyte_internal.fence')
  await session.run(`set lock_timeout = '50ms'`)
  await expect(session.raiseFence(place)).rejects.toMatchObject({
    kind: 'transient',
    message: expect.stringContaining('holds airbyte_internal.fence') as string,
  })
  await rival.query('rollback')
  rival.release()
  expect(await session.raiseFence(place)).toMatchObject({ token: '1' })
})

test('two writers that start at once leave one, and what it wrote', async () => {
  await using db = await testDatabase()
  const run = (id: string) =>
    runConnector('destination-postgres', 'write', inputs(db), [row(id, 1), state(1), complete()])
  const results = await Promise.all([run('a'), run('b'), run('c')])
  const winners = results.filter(({ code }) => code === 0)
  expect(winners.length).toBeGreaterThan(0)
  for (const { code, states } of results) expect(states.length).toBe(code === 0 ? 1 : states.length)
  expect((await ids(db)).length).toBeGreaterThanOrEqual(winners.length)
})
