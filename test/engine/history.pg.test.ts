// What is listed costs the page, what is old is forgotten, and who asks too often is told so (L9).
import { expect, test } from 'vitest'
import { leaseMs, holdLease } from '../../src/engine/job/lease.ts'
import { prune } from '../../src/engine/scheduler.ts'
import { countJobs, listJobs } from '../../src/engine/store/job.ts'
import { many, sql } from '../../src/postgres/query.ts'
import { startEngine } from '../support/engine.ts'

const never = new AbortController().signal

async function insertJobs(pool: Parameters<typeof many>[0], connectionId: string, count: number) {
  await many(
    pool,
    sql`insert into engine.job (connection_id, type, status, created_at, updated_at)
        select ${connectionId}, 'sync', case when n % 3 = 0 then 'succeeded' else 'failed' end,
               clock_timestamp() - make_interval(mins => ${count} - n),
               clock_timestamp() - make_interval(mins => ${count} - n)
        from generate_series(1, ${count}::int) as n order by n`,
  )
}

test('a page of 100,000 jobs is read by an index, in either order', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect()
  const other = await engine.connect()
  await insertJobs(engine.pool, other, 1_000)
  await insertJobs(engine.pool, connectionId, 100_000)
  await many(engine.pool, sql`analyze engine.job`)
  const page = { limit: 20, offset: 40 }
  for (const by of ['createdAt', 'updatedAt'] as const) {
    const order = { by, descending: true }
    const newest = await listJobs(engine.pool, { connectionId }, order, page)
    expect(newest).toHaveLength(20)
    const ids = newest.map((job) => Number(job.jobId))
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
  }
  expect(await countJobs(engine.pool, { connectionId: other })).toBe(1_000)
  const answer = await engine.call('GET', `/jobs?connectionId=${connectionId}&limit=100&offset=7`)
  expect(answer.body.data).toHaveLength(100)
  const before = await reads(engine.pool)
  await listJobs(engine.pool, { connectionId }, { by: 'createdAt', descending: true }, page)
  await listJobs(engine.pool, {}, { by: 'updatedAt', descending: true }, page)
  expect((await reads(engine.pool)) - before).toBeLessThan(2_000)
})

/** Rows of the jobs' table that queries of this session's database have looked at. */
async function reads(pool: Parameters<typeof many>[0]): Promise<number> {
  await many(pool, sql`select pg_stat_force_next_flush()`)
  const [row] = await many<{ n: number }>(
    pool,
    sql`select (seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 as n
        from pg_stat_user_tables where schemaname = 'engine' and relname = 'job'`,
  )
  return row?.n ?? 0
}

test('what is old or too much is forgotten, never what says how a connection stands', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect()
  const idle = await engine.connect()
  await insertJobs(engine.pool, connectionId, 500)
  await many(
    engine.pool,
    sql`insert into engine.job (connection_id, type, status, updated_at)
        values (${idle}, 'sync', 'succeeded', '2001-01-01'),
               (${idle}, 'sync', 'failed', '2001-01-02'),
               (${idle}, 'sync', 'failed', '2001-01-03')`,
  )
  await prune(engine.pool, { ageDaysMax: 400, ofConnectionMax: 10, atOnceMax: 100 }, never)
  const order = { by: 'createdAt', descending: true } as const
  const kept = await listJobs(engine.pool, { connectionId }, order, { limit: 100, offset: 0 })
  expect(kept).toHaveLength(10)
  expect(kept.some((job) => job.status === 'succeeded')).toBe(true)
  const rest = await listJobs(engine.pool, { connectionId: idle }, order, { limit: 9, offset: 0 })
  expect(rest.map((job) => job.status)).toEqual(['failed', 'succeeded'])
})

test('what runs is forgotten by no pruning, however old it is said to be', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 4, stateEvery: 1, pauseMs: 300 })
  await insertJobs(engine.pool, connectionId, 20)
  const jobId = await engine.sync(connectionId)
  await engine.until(jobId, ['running'])
  await many(
    engine.pool,
    sql`update engine.job set created_at = '2001-01-01',
    updated_at = '2001-01-01'`,
  )
  await many(engine.pool, sql`update engine.attempt set created_at = '2001-01-01'`)
  await prune(engine.pool, { ageDaysMax: 1, ofConnectionMax: 1, atOnceMax: 3 }, never)
  expect(await engine.until(jobId)).toMatchObject({ status: 'succeeded', rowsSynced: 4 })
  const order = { by: 'createdAt', descending: true } as const
  const kept = await listJobs(engine.pool, { connectionId }, order, { limit: 100, offset: 0 })
  expect(kept.map((job) => Number(job.jobId))).toContain(jobId)
  const { body } = await engine.config('/jobs/get', { id: jobId })
  expect(JSON.stringify(body.attempts)).toContain('the sync is done')
})

test('of 200 requests for a run at once one makes it, and the others are told that it runs', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect()
  const ask = () => engine.call('POST', '/jobs', { connectionId, jobType: 'sync' })
  const answers = await Promise.all(Array.from({ length: 200 }, ask))
  const statuses = answers.map((answer) => answer.status).sort((a, b) => a - b)
  expect(statuses).toEqual([200, ...Array.from({ length: 199 }, () => 409)])
})

test('L6: a lease whose renewal hangs is lost when its time is over, and ends for whoever held it', async () => {
  const lease = holdLease(() => new Promise(() => {}))
  lease.renewNow()
  await new Promise((resolve) => lease.lost.addEventListener('abort', resolve))
  await lease.end()
  expect(leaseMs).toBeLessThan(60_000)
})
