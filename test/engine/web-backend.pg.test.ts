// What a person who looks at the connections wants to know of them, in one call.
import { expect, test } from 'vitest'
import { listFreshness, listLastSuccesses, listRecentJobs } from '../../src/engine/store/summary.ts'
import { many, sql } from '../../src/postgres/query.ts'
import { systemClock } from '../../src/std/clock.ts'
import { type Engine, type Loose, startEngine } from '../support/engine.ts'

const hourly = { schedule: { scheduleType: 'cron', cronExpression: '0 0 * * * ?' } }

async function list(engine: Engine, body: object = {}): Promise<Loose> {
  const answer = await engine.config('/web_backend/connections/list', body)
  expect(answer.status).toBe(200)
  return answer.body
}

test('a connection tells its ends, its runs, the next one, and how fresh each stream is', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 7 }, {}, hourly)
  const [fresh] = (await list(engine)).connections
  expect(fresh).toMatchObject({ connectionId, isSyncing: false, runs: [], status: 'active' })
  expect(fresh.streams).toEqual([
    { streamName: 'numbers', syncMode: 'incremental_deduped_history' },
  ])
  const now = systemClock.now() / 1000
  expect(fresh.nextRunAt).toBeGreaterThan(now)
  expect(fresh.nextRunAt % 3600).toBe(0)
  const first = await engine.sync(connectionId)
  await engine.until(first)
  const second = await engine.sync(connectionId)
  await engine.until(second)
  const body = await list(engine)
  expect(body.numConnections).toBe(1)
  const [one] = body.connections
  expect(one).toMatchObject({
    source: { name: 'source', sourceName: 'Test source' },
    destination: { name: 'destination', destinationName: 'Test destination' },
    scheduleType: 'cron',
    lastJob: { id: second, status: 'succeeded', configType: 'sync' },
    latestSyncJobStatus: 'succeeded',
    isSyncing: false,
  })
  expect(one.runs.map((run: Loose) => [run.id, run.recordsCommitted])).toEqual([
    [second, 0],
    [first, 7],
  ])
  const [stream] = one.streams
  expect(stream.lastSyncedAt).toBeGreaterThanOrEqual(one.runs[0].createdAt)
  expect(stream.lastCommittedAt).toBeGreaterThanOrEqual(stream.lastSyncedAt)
  expect(one.lastSuccessfulSync).toBeGreaterThanOrEqual(one.runs[0].createdAt)
})

test('who writes the same tables is told, by the name that the destination knows', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ rows: 3 }, {}, { prefix: 'a_', name: 'First' })
  const { body: made } = await engine.call('GET', `/connections/${connectionId}`)
  const { destinationId, namespaceDefinition } = made
  const shared = async (more: object) => {
    const asked = { destinationId, namespaceDefinition, streams: [{ name: 'numbers' }], ...more }
    const answer = await engine.config('/web_backend/connections/shared_tables', asked)
    return answer.body.connections
  }
  const both = [{ connectionId, name: 'First', streams: [{ name: 'a_numbers' }] }]
  expect(await shared({ prefix: 'a_' })).toEqual(both)
  expect(await shared({ prefix: '', streams: [{ name: 'a_numbers' }, { name: 'x' }] })).toEqual(
    both,
  )
  expect(await shared({})).toEqual([])
  expect(await shared({ prefix: 'a_', destinationId: crypto.randomUUID() })).toEqual([])
  const elsewhere = { namespaceDefinition: 'custom_format', namespaceFormat: 'other' }
  expect(await shared({ prefix: 'a_', ...elsewhere })).toEqual([])
  await engine.call('DELETE', `/connections/${connectionId}`)
  expect(await shared({ prefix: 'a_' })).toEqual([])
})

test('what became of a stream is told in steps of time', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ rows: 3 })
  const runs: [at: string, status: string, name: string, records: number][] = [
    ['2026-01-01T00:10:00Z', 'succeeded', 'numbers', 5],
    ['2026-01-01T00:20:00Z', 'failed', 'numbers', 2],
    ['2026-01-01T01:40:00Z', 'succeeded', 'numbers', 1],
    ['2026-01-01T01:50:00Z', 'cancelled', 'things', 0],
    ['2025-12-31T23:50:00Z', 'failed', 'numbers', 9],
  ]
  const ids: number[] = []
  for (const [at, status, name, records] of runs) {
    const { rows } = await engine.pool.query<{ id: string }>(
      `with job as (
         insert into engine.job (connection_id, type, status, created_at, updated_at)
         values ($1, 'sync', $2, $3, $3) returning id
       ), attempt as (
         insert into engine.attempt
           (job_id, number, status, worker, lease_until, created_at, updated_at, ended_at)
         select id, 0, case when $2 = 'succeeded' then 'succeeded' else 'failed' end, 'none', $3,
           $3, $3, $3 from job returning id
       ), stream as (
         insert into engine.attempt_stream (attempt_id, name, namespace, records_emitted,
           bytes_emitted, records_committed, bytes_committed, states_emitted)
         select id, $4, '', $5, 0, $5, 0, 0 from attempt
       ) select id from job`,
      [connectionId, status, at, name, records],
    )
    ids.push(Number(rows[0]!.id))
  }
  const asked = { createdAtStart: '2026-01-01T00:00:00Z', stepSeconds: 1_800 }
  const { status, body } = await engine.config('/jobs/strips', asked)
  expect(status).toBe(200)
  const succeededAt = Date.parse('2026-01-01T01:40:00Z') / 1_000
  expect(body).toEqual({
    streams: [
      {
        streamName: 'numbers',
        lastJobStatus: 'succeeded',
        lastSucceededAt: succeededAt,
        cells: [
          { at: 0, jobs: 2, worstStatus: 'failed', lastJobId: ids[1], recordsCommitted: 7 },
          { at: 3, jobs: 1, worstStatus: 'succeeded', lastJobId: ids[2], recordsCommitted: 1 },
        ],
      },
      {
        streamName: 'things',
        lastJobStatus: 'cancelled',
        cells: [
          { at: 3, jobs: 1, worstStatus: 'cancelled', lastJobId: ids[3], recordsCommitted: 0 },
        ],
      },
    ],
  })
  const other = { ...asked, configId: crypto.randomUUID() }
  expect((await engine.config('/jobs/strips', other)).body).toEqual({ streams: [] })
  const wrong = { ...asked, createdAtStart: 'today' }
  expect((await engine.config('/jobs/strips', wrong)).status).toBe(400)
})

test('a clear takes the freshness, a failure leaves it, and an inactive one has no next run', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3 }, {}, hourly)
  await engine.until(await engine.sync(connectionId))
  await many(
    engine.pool,
    sql`insert into engine.job (connection_id, type, status)
        values (${connectionId}, 'sync', 'failed')`,
  )
  const [failed] = (await list(engine)).connections
  expect(failed.lastJob.status).toBe('failed')
  expect(failed.streams[0].lastSyncedAt).toBeDefined()
  const clear = await engine.call('POST', '/jobs', { connectionId, jobType: 'clear' })
  await engine.until(clear.body.jobId)
  await engine.call('PATCH', `/connections/${connectionId}`, { status: 'inactive' })
  const [cleared] = (await list(engine)).connections
  expect(cleared.streams[0].lastSyncedAt).toBeUndefined()
  expect(cleared.lastSuccessfulSync).toBeDefined()
  expect([cleared.status, cleared.nextRunAt]).toEqual(['inactive', undefined])
})

test('pages follow one another, each connection once', async () => {
  await using engine = await startEngine()
  const made: string[] = []
  for (let i = 0; i < 5; i++) made.push(await engine.connect())
  const seen: string[] = []
  for (let cursor: string | undefined; ;) {
    const page = await list(engine, { pageSize: 2, ...(cursor ? { cursor } : {}) })
    seen.push(...page.connections.map((one: Loose) => one.connectionId))
    if (page.nextCursor === undefined) break
    cursor = page.nextCursor
  }
  expect(seen).toEqual(made)
  const other = '99999999-9999-4999-8999-999999999999'
  expect(await list(engine, { workspaceId: other })).toMatchObject({
    connections: [],
    numConnections: 0,
  })
})

test('the list costs what it shows, however long the histories are', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect()
  await many(
    engine.pool,
    sql`insert into engine.job (connection_id, type, status)
        select ${connectionId}, 'sync', case when n = 1 then 'succeeded' else 'failed' end
        from generate_series(1, 20000) as n order by n`,
  )
  await many(engine.pool, sql`analyze engine.job`)
  const reads = async () => {
    await many(engine.pool, sql`select pg_stat_force_next_flush()`)
    const [row] = await many<{ n: number }>(
      engine.pool,
      sql`select (seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 as n
          from pg_stat_user_tables where schemaname = 'engine' and relname = 'job'`,
    )
    return row?.n ?? 0
  }
  const before = await reads()
  expect(await listRecentJobs(engine.pool, [connectionId], 30)).toHaveLength(30)
  expect(await listLastSuccesses(engine.pool, [connectionId])).toHaveLength(1)
  await listFreshness(engine.pool, [connectionId])
  expect((await reads()) - before).toBeLessThan(500)
})

test('a running job tells how far each of its streams has come', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 10, stateEvery: 5, hangAfter: 5 })
  const progress = async () =>
    (await engine.config('/connections/sync_progress', { connectionId })).body
  expect(await progress()).toEqual({ connectionId, streams: [] })
  const jobId = await engine.sync(connectionId)
  let seen = await progress()
  while (!(seen.recordsCommitted >= 5)) {
    await systemClock.sleep(50)
    seen = await progress()
  }
  expect(seen).toMatchObject({
    connectionId,
    jobId,
    configType: 'sync',
    recordsEmitted: 5,
    streams: [{ streamName: 'numbers', recordsEmitted: 5, recordsCommitted: 5 }],
  })
  const [one] = (await list(engine)).connections
  expect(one).toMatchObject({ isSyncing: true, runningJob: { id: jobId, status: 'running' } })
  await engine.call('DELETE', `/jobs/${jobId}`)
  await engine.until(jobId)
  expect(await progress()).toEqual({ connectionId, streams: [] })
})
