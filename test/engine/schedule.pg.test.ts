import { expect, test } from 'vitest'
import { startDueJobs } from '../../src/engine/scheduler.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const cron = { schedule: { scheduleType: 'cron', cronExpression: '0 0 */6 * * ?' } }

async function jobs(engine: Engine): Promise<number> {
  const { rows } = await engine.pool.query('select count(*)::int as n from engine.job')
  return rows[0].n
}

async function makeDue(engine: Engine): Promise<void> {
  await engine.pool.query(`update engine.connection set next_run_at = now() - interval '20 hours'`)
}

test('a new connection waits for its time', async () => {
  await using engine = await startEngine()
  await engine.connect({}, {}, cron)
  expect(await startDueJobs(engine.pool)).toBe(0)
  expect(await jobs(engine)).toBe(0)
})

test('of many servers one makes the job, and what was missed is made up for once', async () => {
  await using engine = await startEngine()
  await engine.connect({}, {}, cron)
  await makeDue(engine)
  const made = await Promise.all(Array.from({ length: 8 }, () => startDueJobs(engine.pool)))
  // The server's own tick may have been the one.
  expect(made.reduce((all, one) => all + one, 0)).toBeLessThanOrEqual(1)
  expect(await jobs(engine)).toBe(1)
  const { rows } = await engine.pool.query(
    'select next_run_at > now() as later from engine.connection',
  )
  expect(rows).toEqual([{ later: true }])
})

test('a run that falls due while another runs starts afterwards, once', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ rows: 2 }, {}, cron)
  const first = await engine.sync(connectionId)
  await makeDue(engine)
  expect(await startDueJobs(engine.pool)).toBe(0)
  expect(await jobs(engine)).toBe(1)
  await engine.startWorker()
  expect(await engine.until(first)).toMatchObject({ status: 'succeeded' })
  await expect.poll(() => jobs(engine)).toBe(2)
  expect(await engine.until(first + 1)).toMatchObject({ status: 'succeeded' })
  expect(await startDueJobs(engine.pool)).toBe(0)
})

test('an inactive connection rests, also from calls', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({}, {}, { ...cron, status: 'inactive' })
  await makeDue(engine)
  expect(await startDueJobs(engine.pool)).toBe(0)
  const answer = await engine.call('POST', '/jobs', { connectionId, jobType: 'sync' })
  expect(answer).toMatchObject({ status: 409, body: { title: 'state-conflict' } })
})

test('a basic schedule starts with a run and repeats after its interval', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect()
  const updated = await engine.config('/connections/update', {
    connectionId,
    scheduleType: 'basic',
    scheduleData: { basicSchedule: { units: 6, timeUnit: 'hours' } },
  })
  expect(updated.body).toMatchObject({
    scheduleType: 'basic',
    scheduleData: { basicSchedule: { units: 6, timeUnit: 'hours' } },
  })
  await expect.poll(() => jobs(engine)).toBe(1)
  const { rows } = await engine.pool.query(
    `select next_run_at between now() + interval '350 minutes' and now() + interval '361 minutes'
       as later from engine.connection`,
  )
  expect(rows).toEqual([{ later: true }])
  const shown = await engine.call('GET', `/connections/${connectionId}`)
  expect(shown.body.schedule).toEqual({ scheduleType: 'basic', basicTiming: 'Every 6 HOURS' })
})
