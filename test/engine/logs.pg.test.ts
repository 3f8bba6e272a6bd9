// An attempt's log by pages and while it grows, and what changes as a stream: who follows either
// sees everything, and looks at the database for nothing.
import { expect, test } from 'vitest'
import { many, sql } from '../../src/postgres/query.ts'
import { parseLogLine } from '../../src/engine/pump/attempt-log.ts'
import { type Engine, type Loose, startEngine, tokenOf } from '../support/engine.ts'
import { followEvents, untilListening } from '../support/event-stream.ts'

const logs = async (engine: Engine, body: object): Promise<Loose> => {
  const answer = await engine.config('/attempt/get_logs', body)
  expect([answer.status, answer.body]).toEqual([200, expect.anything()])
  return answer.body
}

async function follower(engine: Engine, headers: Record<string, string> = {}) {
  await untilListening(engine.pool, 'engine_event')
  const token = await tokenOf(engine.url, engine.client)
  const authorization = `Bearer ${token}`
  return followEvents(`${engine.url}/api/v1/events`, { authorization, ...headers })
}

/** As soon as it is let in. */
async function cameAgain(engine: Engine, headers: Record<string, string>) {
  for (;;) {
    const again = await follower(engine, headers)
    if (again.response.status === 200) return again
    expect(again.response.status).toBe(503)
    await again[Symbol.asyncDispose]()
  }
}

test('the lines of an attempt come by pages, each once, with their time, level and origin', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3, garbage: true })
  const jobId = await engine.sync(connectionId)
  await engine.until(jobId)
  const all = await logs(engine, { jobId })
  expect(all).toMatchObject({ jobId, attemptNumber: 0, status: 'succeeded', ended: true })
  expect(all.lines.map((line: Loose) => line.n)).toEqual([...all.lines.keys()])
  expect(all.lines[0]).toMatchObject({ source: 'platform', level: 'INFO' })
  expect(all.lines[0].message).toContain('sync, attempt 0')
  expect(all.lines[0].at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  const paged: Loose[] = []
  for (let after = -1; ;) {
    const page = await logs(engine, { jobId, attemptNumber: 0, after, limit: 2 })
    paged.push(...page.lines)
    ;({ after } = page)
    if (page.ended) break
  }
  expect(paged).toEqual(all.lines)
  const tail = await logs(engine, { jobId, limit: 1, tail: true })
  expect(tail.lines).toEqual(all.lines.slice(-1))
  const before = all.lines.at(-1).n
  const older = await logs(engine, { jobId, before, tail: true, limit: 2 })
  expect(older).toMatchObject({ lines: all.lines.slice(-3, -1), ended: false })
  const search = 'the SYNC is done'
  expect((await logs(engine, { jobId, search })).lines).toEqual(all.lines.slice(-1))
  expect((await logs(engine, { jobId, search, before })).lines).toEqual([])
  const sources = await logs(engine, { jobId, sources: ['source'] })
  expect(sources.lines).toEqual(all.lines.filter((line: Loose) => line.source === 'source'))
  expect(sources.lines).not.toEqual([])
  const errors = await logs(engine, { jobId, levels: ['ERROR'] })
  expect(errors.lines).toEqual(all.lines.filter((line: Loose) => line.level === 'ERROR'))
})

test('a job is told without its log, and an attempt that is not there is a 404', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3 })
  const jobId = await engine.sync(connectionId)
  await engine.until(jobId)
  const { body } = await engine.config('/jobs/get_without_logs', { id: jobId })
  const whole = (await engine.config('/jobs/get', { id: jobId })).body
  expect(body.job).toEqual(whole.job)
  expect(body.attempts).toEqual(whole.attempts.map(({ attempt }: Loose) => ({ attempt })))
  expect((await engine.config('/attempt/get_logs', { jobId, attemptNumber: 1 })).status).toBe(404)
  expect((await engine.config('/attempt/get_logs', { jobId: 999_999 })).status).toBe(404)
})

test('who follows a log waits for its lines, and for its end', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ rows: 3 })
  const jobId = await engine.sync(connectionId)
  expect(await logs(engine, { jobId })).toEqual({ jobId, lines: [], after: -1, ended: false })
  const waiting = logs(engine, { jobId, waitSeconds: 25 })
  await engine.startWorker()
  const seen: Loose[] = []
  for (let page = await waiting; ;) {
    seen.push(...page.lines)
    if (page.ended) break
    const { after, attemptNumber = 0 } = page
    page = await logs(engine, { jobId, attemptNumber, after, waitSeconds: 25 })
  }
  expect(seen.at(-1)).toMatchObject({ source: 'platform', message: 'the sync is done' })
  expect(seen).toEqual((await logs(engine, { jobId })).lines)
})

test('a message with spaces and colons comes back as it was', () => {
  expect(parseLogLine('2026-01-02 03:04:05 destination WARN  two  spaces: kept ')).toEqual({
    at: '2026-01-02T03:04:05Z',
    source: 'destination',
    level: 'WARN',
    message: ' two  spaces: kept ',
  })
})

test('every change of a job, its attempt, its counts and its log is an event', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ rows: 4 })
  await using follow = await follower(engine)
  const { id } = await follow.next('open')
  const jobId = await engine.sync(connectionId)
  const job = { jobId, connectionId, configType: 'sync' }
  expect((await follow.next('job')).data).toMatchObject({ ...job, status: 'pending' })
  await engine.startWorker()
  expect((await follow.next('job')).data).toMatchObject({ ...job, status: 'running' })
  const attempt = { jobId, connectionId, attemptNumber: 0, status: 'running' }
  expect((await follow.next('attempt')).data).toMatchObject(attempt)
  expect((await follow.next('log')).data.n).toBeGreaterThanOrEqual(0)
  for (;;) {
    const { data } = await follow.next('progress')
    if (data.streams?.[0]?.recordsCommitted === 4) break
  }
  expect((await follow.next('job')).data).toMatchObject({ ...job, status: 'succeeded' })
  await using again = await follower(engine, { 'last-event-id': id })
  expect((await again.next('job')).data).toMatchObject({ ...job, status: 'pending' })
  const sources = (await engine.call('GET', '/sources')).body.data
  const { sourceId } = sources[0]
  await engine.call('PATCH', `/sources/${sourceId}`, { name: 'another name' })
  const actor = { actorId: sourceId, actorType: 'source', deleted: false }
  expect((await follow.next('actor')).data).toMatchObject(actor)
  await engine.call('PATCH', `/connections/${connectionId}`, { status: 'inactive' })
  expect((await follow.next('connection')).data).toMatchObject({ connectionId, status: 'inactive' })
})

test('while changes are not heard nobody follows, and who comes again is told to look anew', async () => {
  await using engine = await startEngine()
  await using follow = await follower(engine)
  const { id } = await follow.next('open')
  await many(
    engine.pool,
    sql`select pg_terminate_backend(pid) from pg_stat_activity
        where query = 'listen "engine_event"' and datname = current_database()`,
  )
  await follow.rest()
  const again = await cameAgain(engine, { 'last-event-id': id })
  await again.next('reset')
  const connectionId = await engine.connect()
  expect((await again.next('connection')).data).toMatchObject({ connectionId })
  await again[Symbol.asyncDispose]()
})

test('counts of more streams than a notice holds are left out of it', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect()
  await using follow = await follower(engine)
  await follow.next('open')
  await many(
    engine.pool,
    sql`with job as (
          insert into engine.job (connection_id, type, status)
          values (${connectionId}, 'sync', 'running') returning id
        ), attempt as (
          insert into engine.attempt (job_id, number, status, worker, lease_until)
          select id, 0, 'running', 'w', 'infinity' from job returning id
        )
        insert into engine.attempt_stream (attempt_id, name, namespace, records_emitted,
          bytes_emitted, records_committed, bytes_committed, states_emitted)
        select attempt.id, repeat('x', 90) || n, '', 1, 1, 1, 1, 1
        from attempt, generate_series(1, 500) n`,
  )
  const { data } = await follow.next('progress')
  expect(data).toEqual({
    type: 'progress',
    jobId: expect.any(Number),
    connectionId,
    attemptNumber: 0,
    status: 'running',
  })
})

test('L10: the stream is for those with credentials', async () => {
  await using engine = await startEngine()
  expect((await fetch(`${engine.url}/api/v1/events`)).status).toBe(401)
})
