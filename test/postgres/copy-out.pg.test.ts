// COPY out of the server: every row as it lies there, however the network cuts it into pieces;
// and a connection that is whole afterwards, or ended.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyOut } from '../../src/postgres/copy-out.ts'
import { createPool, type Pool, type PoolOptions } from '../../src/postgres/pool.ts'
import { one, sql, until } from '../../src/postgres/query.ts'
import { Secret } from '../../src/std/secrets.ts'
import { testDatabase, type TestDatabase } from '../support/database.ts'

const never = new AbortController().signal
const LENGTH_AT = 2
const TEXT_AT = 6

/** Between the client and the server; `cut` says how many bytes the next piece has. */
async function proxy(url: Secret, cut: () => number) {
  const { hostname, port } = new URL(url.reveal())
  const state = { silent: false }
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    near.setNoDelay(true)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => [near, far].forEach((each) => each.destroy()))
    }
    near.on('data', (chunk) => far.write(chunk))
    far.on('data', (chunk) => {
      for (let at = 0; at < chunk.length && !state.silent;) {
        const end = at + cut()
        near.write(chunk.subarray(at, end))
        at = end
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const here = new URL(url.reveal())
  here.port = String((server.address() as { port: number }).port)
  return {
    url: new Secret(here.href),
    state,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function texts(pool: Pool, query: string, signal = never): Promise<(string | null)[]> {
  const found: (string | null)[] = []
  await until(pool, signal, (client) =>
    copyOut(client, `copy (${query}) to stdout (format binary)`, (bytes, at) => {
      const length = bytes.readInt32BE(at + LENGTH_AT)
      const text = bytes.toString('utf8', at + TEXT_AT, at + TEXT_AT + length)
      found.push(length === -1 ? null : text)
    }),
  )
  return found
}

/** By a socket that lends its memory, and by Node's own. */
describe.each([true, false])('rows that are copied out, of a pool that lends: %s', (copies) => {
  let db: TestDatabase
  const pools: Pool[] = []
  const poolOf = (url: Secret, more: Partial<PoolOptions> = {}) => {
    const pool = createPool(url, { name: 'copier', connectionsMax: 1, copies, ...more })
    pools.push(pool)
    return pool
  }

  beforeAll(async () => {
    db = await testDatabase()
  })

  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await db[Symbol.asyncDispose]()
  })

  test.each([1, 2, 3, 7, 64, 4_099, 65_537])('come whole in pieces of %i bytes', async (bytes) => {
    await using between = await proxy(db.url, () => bytes)
    const pool = poolOf(between.url)
    const sizes = bytes < 7 ? [0, 1, 2, 19, 40] : [0, 1, 19, 8_171, 65_535, 65_536, 300_001]
    const query = `select case when n % 5 = 4 then null
        else repeat('é', length / 2) || repeat('x', length % 2) end
      from unnest(array[${sizes.join()}]) with ordinality size (length, place),
           generate_series(1, 5) n
      order by place, n`
    const expected = sizes.flatMap((size) =>
      [1, 2, 3, 4, 5].map((n) =>
        n % 5 === 4 ? null : 'é'.repeat(Math.trunc(size / 2)) + 'x'.repeat(size % 2),
      ),
    )
    const found = await texts(pool, query)
    expect(found).toEqual(expected)
    expect(await one(pool, sql`select 1 as n`)).toEqual({ n: 1 })
    expect(await texts(pool, `select 'x' where false`)).toEqual([])
  })

  test('are as many as came before an error, which is told, and the connection serves on', async () => {
    const pool = poolOf(db.url)
    const pid = sql`select pg_backend_pid() as pid`
    const before = await one(pool, pid)
    await expect(
      texts(pool, `select (1 / (1000 - n))::text from generate_series(1, 2000) n`),
    ).rejects.toThrow(/division by zero/)
    await expect(texts(pool, 'selec')).rejects.toThrow(/syntax error/)
    expect(await texts(pool, `select 'x'`)).toEqual(['x'])
    expect(await one(pool, pid)).toEqual(before)
  })

  test('end with who leaves, at the server', async () => {
    const pool = poolOf(db.url, { name: 'leaver' })
    const watcher = db.pool()
    const active = sql`select count(*)::int as n from pg_stat_activity
      where application_name = 'leaver' and state = 'active' and datname = current_database()`
    const leave = new AbortController()
    const copied = texts(pool, `select pg_sleep(3600)::text`, leave.signal)
    await expect.poll(() => one(watcher, active)).toEqual({ n: 1 })
    leave.abort(new Error('left'))
    await expect(copied).rejects.toThrow('left')
    expect(await texts(pool, `select 'x'`)).toEqual(['x'])
    expect(await one(watcher, active)).toEqual({ n: 0 })
  })

  test('end with the server, and the next one asks another connection', async () => {
    const pool = poolOf(db.url)
    const { pid } = await one<{ pid: number }>(pool, sql`select pg_backend_pid() as pid`)
    const copied = texts(pool, `select pg_sleep(3600)::text`)
    copied.catch(() => {})
    await one(db.pool(), sql`select pg_terminate_backend(${pid})`)
    await expect(copied).rejects.toMatchObject({ kind: 'transient' })
    await expect.poll(() => pool.totalCount).toBe(0)
    expect(await texts(pool, `select 'x'`)).toEqual(['x'])
  })

  test('are waited for within a limit; of a silent connection no more is heard', async () => {
    await using between = await proxy(db.url, () => Infinity)
    const pool = poolOf(between.url)
    await one(pool, sql`select 1`)
    pool.on('acquire', (client) => {
      Object.assign((client as unknown as Inside).connectionParameters, { query_timeout: 100 })
    })
    between.state.silent = true
    await expect(texts(pool, `select 'late'`)).rejects.toMatchObject({ kind: 'transient' })
    between.state.silent = false
    await expect.poll(() => pool.totalCount).toBe(0)
    expect(await texts(pool, `select 'x'`)).toEqual(['x'])
  })
})

interface Inside {
  connectionParameters: object
}
