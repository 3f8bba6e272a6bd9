// Who or what began a job is kept with it: a schedule, a source's news, a client, and a person or a
// command for whom only the installation's own client speaks.
import { expect, test } from 'vitest'
import { createApplication, ownApplication } from '../../src/engine/api/application.ts'
import { byHeader, byWeb, passedPerson } from '../../src/std/audited.ts'
import { startEngine, tokenOf } from '../support/engine.ts'

test('a job tells who or what began it', async () => {
  await using engine = await startEngine()
  const schedule = { scheduleType: 'cron', cronExpression: '0 0 0 1 1 ?' }
  const connectionId = await engine.connect({}, {}, { schedule, followsSource: true })
  const own = await createApplication(engine.pool, ownApplication)
  const tokens = {
    own: await tokenOf(engine.url, own),
    client: await tokenOf(engine.url, engine.client),
  }
  const cancel = async (jobId: number) =>
    expect((await engine.call('DELETE', `/jobs/${jobId}`)).status).toBe(200)
  const begunBy = async (as: keyof typeof tokens, headers: object) => {
    const response = await fetch(`${engine.url}/api/public/v1/jobs`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tokens[as]}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({ connectionId, jobType: 'sync' }),
    })
    const job = (await response.json()) as { jobId: number; begunBy: object }
    await cancel(job.jobId)
    return job.begunBy
  }
  expect(await begunBy('client', {})).toEqual({ kind: 'client', name: 'test' })
  expect(await begunBy('client', { [byHeader]: 'ann' })).toEqual({ kind: 'client', name: 'test' })
  expect(await begunBy('own', { [byHeader]: 'ann' })).toEqual({ kind: 'command', name: 'ann' })
  const zoe = { [byHeader]: byWeb, ...passedPerson('Zoë 字') }
  expect(await begunBy('own', zoe)).toEqual({ kind: 'person', name: 'Zoë 字' })

  const newest = async () => {
    const list = { configTypes: ['sync'], configId: connectionId, pagination: { pageSize: 1 } }
    const { jobs } = (await engine.config('/jobs/list', list)).body
    return jobs[0].job as { id: number; begunBy?: object }
  }
  await engine.pool.query('update engine.connection set next_run_at = now()')
  await expect.poll(newest).toMatchObject({ begunBy: { kind: 'schedule' } })
  await cancel((await newest()).id)
  await engine.pool.query(`update engine.job set created_at = created_at - interval '1 hour'`)
  const { sourceId } = (await engine.call('GET', `/connections/${connectionId}`)).body
  await engine.config('/sources/report_news', { sourceId })
  await expect.poll(newest).toMatchObject({ begunBy: { kind: 'source' } })
  // one from before it was kept
  const { id } = await newest()
  await engine.pool.query('update engine.job set begun_by = null')
  expect((await engine.call('GET', `/jobs/${id}`)).body.begunBy).toBeUndefined()
})
