import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { migrate } from '../../src/postgres/migrate.ts'
import { classifyPostgres, many, maybeOne, one, sql, tx, until } from '../../src/postgres/query.ts'
import { createPool } from '../../src/postgres/pool.ts'
import { monotonicMs } from '../../src/std/clock.ts'
import { classify } from '../../src/std/errors.ts'
import { Secret } from '../../src/std/secrets.ts'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDatabase } from '../support/database.ts'

const never = new AbortController().signal
const nothing = () => Promise.resolve()

describe('the verbs of a query', () => {
  test('a timestamp keeps its microseconds and a numeric its digits', async () => {
    await using db = await testDatabase()
    const row = await one<{ at: string; amount: string }>(
      db.pool(),
      sql`select timestamptz '2026-01-02 03:04:05.123456Z' as at, 0.10::numeric as amount`,
    )
    expect(row).toEqual({ at: '2026-01-02 03:04:05.123456+00', amount: '0.10' })
  })

  test('a promise of rows that does not hold is an error', async () => {
    await using db = await testDatabase()
    const pool = db.pool()
    await expect(one(pool, sql`select 1 where false`)).rejects.toMatchObject({ code: 'NO_ROW' })
    await expect(maybeOne(pool, sql`select generate_series(1, 2)`)).rejects.toMatchObject({
      code: 'TOO_MANY_ROWS',
    })
  })

  test('a failed transaction leaves nothing behind', async () => {
    await using db = await testDatabase()
    const pool = db.pool()
    await pool.query('create table t (n int)')
    const failing = tx(pool, async (inside) => {
      await inside.query('insert into t values (1)')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await many(pool, sql`select n from t`)).toEqual([])
  })

  test('a connection that dies between two queries fails the second, not the process', async () => {
    await using db = await testDatabase()
    const pool = db.pool()
    const failing = tx(pool, async (inside) => {
      const { pid } = await one<{ pid: number }>(inside, sql`select pg_backend_pid() as pid`)
      const gone = new Promise((resolve) => inside.once('end', resolve))
      await one(pool, sql`select pg_terminate_backend(${pid})`)
      await gone
      await inside.query('select 1')
    })
    await expect(failing).rejects.toMatchObject({ kind: 'transient' })
    expect(await one(pool, sql`select 1 as n`)).toEqual({ n: 1 })
  })
})

describe('every wait has an end', () => {
  test('a statement ends with its pool’s time-out, and the connection lives', async () => {
    await using db = await testDatabase()
    const pool = createPool(db.url, { name: 'test', kind: 'reader', statementMsMax: 100 })
    try {
      const slow = many(pool, sql`select pg_sleep(3600)`)
      await expect(slow).rejects.toMatchObject({ kind: 'transient', code: 'DATABASE_UNAVAILABLE' })
      expect(await one(pool, sql`select 1 as n`)).toEqual({ n: 1 })
    } finally {
      await pool.end()
    }
  })

  test('who leaves is cancelled at the server, and the next one gets a clean connection', async () => {
    await using db = await testDatabase()
    const pool = createPool(db.url, { name: 'leaver', connectionsMax: 1 })
    const active = sql`select count(*)::int as n from pg_stat_activity
      where application_name = 'leaver' and state = 'active' and datname = current_database()`
    const watcher = db.pool()
    try {
      for (let i = 0; i < 5; i++) {
        const leave = new AbortController()
        const left = until(pool, leave.signal, (inside) => many(inside, sql`select pg_sleep(3600)`))
        await expect.poll(() => one(watcher, active)).toEqual({ n: 1 })
        leave.abort(new Error('left'))
        await expect(left).rejects.toThrow('left')
        expect(await until(pool, never, (inside) => one(inside, sql`select 1 as n`))).toEqual({
          n: 1,
        })
        expect(await one(watcher, active)).toEqual({ n: 0 })
      }
      await expect(until(pool, AbortSignal.abort(new Error('gone')), nothing)).rejects.toThrow(
        'gone',
      )
    } finally {
      await pool.end()
    }
  })

  test('a server that falls silent is a transient failure, not a wait without end', async () => {
    await using db = await testDatabase()
    const url = new URL(db.url.reveal())
    let silent = false
    const sockets = new Set<Socket>()
    const proxy = createServer((near) => {
      const far = connect(Number(url.port), url.hostname)
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket.on('error', () => {})
      }
      near.on('data', (chunk) => far.write(chunk))
      far.on('data', (chunk) => silent || near.write(chunk))
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    url.port = String((proxy.address() as { port: number }).port)
    const pool = createPool(new Secret(url.href), { name: 'test', statementMsMax: 100 })
    try {
      const failing = tx(pool, async (inside) => {
        silent = true
        await one(inside, sql`select 1 as n`)
      })
      await expect(failing).rejects.toMatchObject({ kind: 'transient' })
    } finally {
      for (const socket of sockets) socket.destroy()
      proxy.close()
      await pool.end()
    }
  })

  test('a name that no server tells now may be told later', async () => {
    const pool = createPool(new Secret('postgres://u@nowhere.invalid/d'), { name: 'test' })
    await expect(one(pool, sql`select 1`)).rejects.toMatchObject({ kind: 'transient' })
    await pool.end()
    for (const code of ['EAI_AGAIN', 'ENOTFOUND']) {
      const failure = Object.assign(new Error(code), { code })
      expect(classifyPostgres(failure)).toMatchObject({ kind: 'transient' })
      expect(classify(new TypeError('fetch failed', { cause: failure }))).toMatchObject({
        kind: 'transient',
      })
    }
  })
})

describe('a connection that rests', () => {
  test('is the next one’s after as long as it was in use; who had it does not wait', async () => {
    await using db = await testDatabase()
    const pool = createPool(db.url, { name: 'test', connectionsMax: 1 })
    const rests = { rests: true }
    await until(pool, never, nothing, rests)
    const from = monotonicMs()
    await until(pool, never, (inside) => many(inside, sql`select pg_sleep(0.3)`), rests)
    const used = monotonicMs() - from
    await until(pool, never, nothing)
    // A timer may be a millisecond early.
    expect(monotonicMs() - from - used).toBeGreaterThanOrEqual(used * 0.9)
    await pool.end()
  })
})

describe('migrations', () => {
  test('twenty processes that start at once apply each file exactly once', async () => {
    await using db = await testDatabase()
    const pool = db.pool()
    const folder = await mkdtemp(join(tmpdir(), 'migrations-'))
    await writeFile(join(folder, '0001-first.sql'), 'create table room.t (n int)')
    await writeFile(join(folder, '0002-second.sql'), 'insert into room.t values (1)')
    const applied = await Promise.all(
      Array.from({ length: 20 }, () => migrate(pool, { name: 'room', folder })),
    )
    expect(applied.filter((count) => count > 0)).toEqual([2])
    expect(await many(pool, sql`select n from room.t`)).toEqual([{ n: 1 }])
  })

  test('a schema that other files made is refused, and left as it is', async () => {
    await using db = await testDatabase()
    const pool = db.pool()
    const folder = await mkdtemp(join(tmpdir(), 'migrations-'))
    const file = join(folder, '0001-first.sql')
    await writeFile(file, 'create table room.t (n int)')
    expect(await migrate(pool, { name: 'room', folder })).toBe(1)
    expect(await migrate(pool, { name: 'room', folder })).toBe(0)
    await writeFile(join(folder, '0002-second.sql'), 'create table room.u (n int)')
    await writeFile(file, 'create table room.t (n bigint)')
    const refused = { kind: 'config', code: 'SCHEMA_OF_ANOTHER_VERSION' }
    await expect(migrate(pool, { name: 'room', folder })).rejects.toMatchObject(refused)
    expect(await many(pool, sql`select to_regclass('room.u') as u`)).toEqual([{ u: null }])
  })
})

test('somebody who listens and says nothing is a database that is not reachable', async () => {
  const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  const client = new Client({ host: '127.0.0.1', port, connectionTimeoutMillis: 50 })
  client.on('error', () => {})
  const error = await client.connect().catch(classifyPostgres)
  silent.close()
  expect(error).toMatchObject({ kind: 'transient', code: 'DATABASE_UNREACHABLE' })
})
