// A database of a test's own on the suite's server: `await using db = await testDatabase()`.
import { inject } from 'vitest'
import { createPool, type Pool } from '../../src/postgres/pool.ts'
import { uuid } from '../../src/std/ids.ts'
import { Secret } from '../../src/std/secrets.ts'

export interface TestDatabase extends AsyncDisposable {
  url: Secret
  name: string
  /** A pool that is closed with the database. */
  pool(): Pool
}

export async function testDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl')
  const name = `test_${uuid().replaceAll('-', '')}`
  const admin = createPool(new Secret(adminUrl), { name: 'test admin', connectionsMax: 1 })
  await admin.query(`create database ${name}`)
  const url = new URL(adminUrl)
  url.pathname = name
  const secret = new Secret(url.href)
  const pools: Pool[] = []
  return {
    url: secret,
    name,
    pool: () => {
      const pool = createPool(secret, { name: 'test', connectionsMax: 20 })
      pools.push(pool)
      return pool
    },
    [Symbol.asyncDispose]: async () => {
      for (const pool of pools) if (!pool.ended) await pool.end()
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}
