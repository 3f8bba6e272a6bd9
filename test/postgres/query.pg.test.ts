import { describe, expect, test } from 'vitest'
import { migrate } from '../../src/postgres/migrate.ts'
import { many, maybeOne, one, sql, tx } from '../../src/postgres/query.ts'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDatabase } from '../support/database.ts'

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

describe('migrations', () => {
  test('twenty processes that start at once apply each file exactly once', async () => {
    await using db = await testDatabase()
    const pool = db.pool()
    const folder = await mkdtemp(join(tmpdir(), 'migrations-'))
    await writeFile(join(folder, '0001-first.sql'), 'create table room.t (n int)')
    await writeFile(join(folder, '0002-second.sql'), 'insert into room.t values (1)')
    const applied = await Promise.all(
      Array.from({ length: 20 }, () => migrate(pool, 'room', folder)),
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
    expect(await migrate(pool, 'room', folder)).toBe(1)
    expect(await migrate(pool, 'room', folder)).toBe(0)
    await writeFile(join(folder, '0002-second.sql'), 'create table room.u (n int)')
    await writeFile(file, 'create table room.t (n bigint)')
    const refused = { kind: 'config', code: 'SCHEMA_OF_ANOTHER_VERSION' }
    await expect(migrate(pool, 'room', folder)).rejects.toMatchObject(refused)
    expect(await many(pool, sql`select to_regclass('room.u') as u`)).toEqual([{ u: null }])
  })
})
