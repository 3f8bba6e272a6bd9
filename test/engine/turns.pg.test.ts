// L6: one job a connection, one attempt a job, and a worker that lost its turn stores nothing.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { airbyte, apiUrls } from '../../src/server/airbyte/client.ts'
import { startSync } from '../../src/server/airbyte/job.ts'
import { type Engine, type Loose, startEngine } from '../support/engine.ts'

const script = resolve(import.meta.dirname, '../support/engine-worker.ts')

async function workerProcess(engine: Engine, name: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'inherit'] })
  const runFolder = join(engine.folder, name)
  const { databaseUrl, keyText } = engine
  child.stdin?.end(JSON.stringify({ url: databaseUrl.reveal(), key: keyText, runFolder }))
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGCONT')
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

const slow = { rows: 100_000, stateEvery: 10, pauseMs: 50 }

async function storedState(engine: Engine, connectionId: string): Promise<number> {
  const { body } = await engine.config('/state/get', { connectionId })
  return body.streamState?.[0].streamState.n ?? 0
}

test('two calls at once start one job, the other is told so', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect()
  const body = { connectionId, jobType: 'sync' }
  const answers = await Promise.all([1, 2, 3, 4].map(() => engine.call('POST', '/jobs', body)))
  expect(answers.map((one) => one.status).sort((a, b) => a - b)).toEqual([200, 409, 409, 409])
  const refused = answers.find((one) => one.status === 409)
  expect(refused?.body).toMatchObject({
    title: 'try-again-later',
    detail: `A sync is already running for: ${connectionId}`,
  })
})

test('of a connection that is paused nobody gets the last job for the one asked for', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 5 })
  const client = airbyte({ ...apiUrls(engine.url), ...engine.client })
  const first = await startSync(client, connectionId)
  expect(first.joined).toBe(false)
  await engine.until(first.jobId)
  await engine.call('PATCH', `/connections/${connectionId}`, { status: 'inactive' })
  await expect(startSync(client, connectionId)).rejects.toMatchObject({
    code: 'CONNECTION_NOT_ACTIVE',
    message: expect.stringContaining('inactive') as string,
  })
})

test('two workers run every job once', async () => {
  await using engine = await startEngine()
  await Promise.all([engine.startWorker(), engine.startWorker()])
  const ids = await Promise.all([1, 2, 3].map(() => engine.connect({ rows: 5 })))
  const jobs = await Promise.all(ids.map((id) => engine.sync(id)))
  for (const id of jobs) expect(await engine.until(id)).toMatchObject({ status: 'succeeded' })
  const { rows } = await engine.pool.query('select count(*)::int as n from engine.attempt')
  expect(rows).toEqual([{ n: 3 }])
})

test.each([
  ['', ''],
  [', also one whose database’s clock was a day ahead', `lease_until + interval '1 day'`],
])('a killed worker loses its turn, and another one finishes the job%s', async (_, until) => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ rows: 150, stateEvery: 5, pauseMs: 100 })
  const worker = await workerProcess(engine, 'run-a')
  const jobId = await engine.sync(connectionId)
  await expect.poll(() => storedState(engine, connectionId), { timeout: 30_000 }).toBeGreaterThan(0)
  await kill(worker)
  if (until !== '') await engine.pool.query(`update engine.attempt set lease_until = ${until}`)
  await engine.startWorker()
  await expect
    .poll(async () => (await engine.config('/jobs/get', { id: jobId })).body.attempts.length, {
      timeout: 30_000,
    })
    .toBe(2)
  expect(await engine.until(jobId)).toMatchObject({ status: 'succeeded' })
  expect(await storedState(engine, connectionId)).toBe(150)
})

test('an attempt whose end could not be written loses its turn, and the job goes on', async () => {
  await using engine = await startEngine()
  await engine.pool.query(`
    create sequence ends;
    create function refuse_once() returns trigger language plpgsql as $$ begin
      if new.status <> 'running' and nextval('ends') = 1 then raise 'not now'; end if;
      return new;
    end $$;
    create trigger refuse before update on engine.attempt
      for each row execute function refuse_once()`)
  await engine.startWorker()
  const jobId = await engine.sync(await engine.connect({ rows: 5 }))
  expect(await engine.until(jobId)).toMatchObject({ status: 'succeeded' })
  const info = await engine.config('/jobs/get', { id: jobId })
  const statuses = info.body.attempts.map((one: Loose) => one.attempt.status)
  expect(statuses).toEqual(['failed', 'succeeded'])
})

test('what a killed worker left behind is ended and wiped by the next one', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect(slow, { stubborn: true })
  const worker = await workerProcess(engine, 'run-a')
  const jobId = await engine.sync(connectionId)
  await expect.poll(() => storedState(engine, connectionId), { timeout: 30_000 }).toBeGreaterThan(0)
  const { start } = (await engine.written()).find((one) => one.start !== undefined)
  await kill(worker)
  await engine.call('DELETE', `/jobs/${jobId}`)
  expect(isAlive(start)).toBe(true)
  const next = await workerProcess(engine, 'run-a')
  await expect.poll(() => isAlive(start)).toBe(false)
  await expect.poll(() => readdir(join(engine.folder, 'run-a'))).toEqual([])
  await kill(next)
})

test('a paused worker that wakes stores nothing more and ends its connectors', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect(slow)
  const worker = await workerProcess(engine, 'run-a')
  const jobId = await engine.sync(connectionId)
  await expect.poll(() => storedState(engine, connectionId), { timeout: 30_000 }).toBeGreaterThan(0)
  const first = (await engine.written()).find((one) => one.start !== undefined).start
  worker.kill('SIGSTOP')
  await expect
    .poll(
      async () => (await engine.config('/jobs/get', { id: jobId })).body.attempts[0].attempt.status,
      {
        timeout: 30_000,
      },
    )
    .toBe('failed')
  await engine.call('DELETE', `/jobs/${jobId}`)
  const before = await storedState(engine, connectionId)
  worker.kill('SIGCONT')
  await expect.poll(() => isAlive(first)).toBe(false)
  expect(await storedState(engine, connectionId)).toBe(before)
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts[0].attempt.status).toBe('failed')
  await kill(worker)
})

test('a cancelled job is over at once, and its connectors end, even stubborn ones', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect(slow, { stubborn: true })
  const jobId = await engine.sync(connectionId)
  await expect.poll(() => storedState(engine, connectionId), { timeout: 30_000 }).toBeGreaterThan(0)
  const { start } = (await engine.written()).find((one) => one.start !== undefined)
  const answer = await engine.call('DELETE', `/jobs/${jobId}`)
  expect(answer).toMatchObject({ status: 200, body: { jobId, status: 'cancelled' } })
  const again = await engine.call('DELETE', `/jobs/${jobId}`)
  expect(again).toMatchObject({ status: 409, body: { detail: 'Job is not currently running' } })
  await expect.poll(() => isAlive(start)).toBe(false)
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts[0].attempt.failureSummary.failures[0]).toMatchObject({
    failureType: 'manual_cancellation',
  })
})

test('a job waits until the connectors of a cancelled one have ended', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect(slow, { stubborn: true })
  const first = await engine.sync(connectionId)
  await expect.poll(() => storedState(engine, connectionId), { timeout: 30_000 }).toBeGreaterThan(0)
  const { start } = (await engine.written()).find((one) => one.start !== undefined)
  await engine.call('DELETE', `/jobs/${first}`)
  const second = await engine.sync(connectionId)
  await engine.until(second, ['running'])
  expect(isAlive(start)).toBe(false)
  await engine.call('DELETE', `/jobs/${second}`)
})

test('a worker that is told to stop ends its attempts, and the job goes on elsewhere', async () => {
  await using engine = await startEngine()
  const stop = await engine.startWorker()
  const connectionId = await engine.connect({ rows: 60, stateEvery: 5, pauseMs: 100 })
  const jobId = await engine.sync(connectionId)
  await expect.poll(() => storedState(engine, connectionId), { timeout: 30_000 }).toBeGreaterThan(0)
  await stop()
  expect(await engine.until(jobId, ['incomplete', 'succeeded'])).toMatchObject({
    status: 'incomplete',
  })
  await engine.startWorker()
  expect(await engine.until(jobId)).toMatchObject({ status: 'succeeded' })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
