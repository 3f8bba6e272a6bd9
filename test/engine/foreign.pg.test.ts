// Destinations of somebody else: one that knows no generations, one whose streams send no states,
// one that could not take every record.
import { expect, test } from 'vitest'
import { definitions } from '../support/engine.definitions.ts'
import { type Engine, type Loose, startEngine } from '../support/engine.ts'

const withoutRefreshes = definitions.map((one) => ({ ...one, supportsRefreshes: false }))

async function modes(engine: Engine): Promise<Loose[]> {
  const starts = (await engine.written()).filter((one) => one.start !== undefined)
  return starts.map((one) => one.catalog.streams[0].destination_sync_mode)
}

const append = {
  configurations: { streams: [{ name: 'numbers', syncMode: 'incremental_append' }] },
}

test('without refreshes a stream that is read again overwrites, and goes on as it is', async () => {
  await using engine = await startEngine(withoutRefreshes)
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3 }, {}, append)
  const sync = async () => engine.until(await engine.sync(connectionId))
  expect(await sync()).toMatchObject({ status: 'succeeded' })
  await engine.call('PATCH', `/connections/${connectionId}`, { prefix: 'my_' })
  expect(await sync()).toMatchObject({ status: 'succeeded', rowsSynced: 3 })
  expect(await sync()).toMatchObject({ status: 'succeeded', rowsSynced: 0 })
  const clear = await engine.call('POST', '/jobs', { connectionId, jobType: 'clear' })
  expect(await engine.until(clear.body.jobId)).toMatchObject({ status: 'succeeded' })
  expect(await modes(engine)).toEqual(['append', 'overwrite', 'append', 'overwrite'])
  const types = (await engine.written()).map((one) => one.message?.type)
  expect(types).not.toContain('TRACE')
})

test('L8: without refreshes no input ends in the middle of what overwrites', async () => {
  await using engine = await startEngine(withoutRefreshes)
  await engine.startWorker()
  const fail = { after: 2, type: 'config_error', times: 1, file: `${engine.folder}/times` }
  const whole = { streams: [{ name: 'numbers', syncMode: 'full_refresh_overwrite' }] }
  const connectionId = await engine.connect({ rows: 5, fail }, {}, { configurations: whole })
  const first = await engine.until(await engine.sync(connectionId))
  expect(first).toMatchObject({ status: 'failed' })
  expect((await engine.written()).some((one) => one.end !== undefined)).toBe(false)
  const second = await engine.until(await engine.sync(connectionId))
  expect(second).toMatchObject({ status: 'succeeded', rowsSynced: 5 })
  expect((await engine.written()).some((one) => one.end !== undefined)).toBe(true)
})

test('what was committed counts in a job that failed, states or not, and nothing else does', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const fail = { after: 4, type: 'config_error', times: 1, file: `${engine.folder}/times` }
  const source = { rows: 9, stateless: true, fail }
  const connectionId = await engine.connect(source, { rejects: 1 })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed', rowsSynced: 3 })
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts[0].attempt).toMatchObject({
    recordsSynced: 3,
    totalStats: { recordsEmitted: 4, recordsCommitted: 3, recordsRejected: 1 },
  })
  // Without a state nothing of it can be trusted: it is read again, and takes its place.
  const again = await engine.until(await engine.sync(connectionId))
  expect(again).toMatchObject({ status: 'succeeded', rowsSynced: 8 })
  const starts = (await engine.written()).filter((one) => one.start !== undefined)
  expect(starts.at(-1)?.catalog.streams[0]).toMatchObject({
    generation_id: 1,
    minimum_generation_id: 1,
  })
})

test('what a destination changes of its configuration itself is no reason to read again', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3 }, { turns: 1 })
  for (const rowsSynced of [3, 0, 0]) {
    const job = await engine.until(await engine.sync(connectionId))
    expect(job).toMatchObject({ status: 'succeeded', rowsSynced })
  }
  const { destinationId } = (await engine.call('GET', `/connections/${connectionId}`)).body
  const path = `/destinations/${destinationId}`
  expect((await engine.call('GET', path)).body.configuration.turns).toBe(4)
  await engine.call('PATCH', path, { configuration: { slowMs: 1 } })
  const job = await engine.until(await engine.sync(connectionId))
  expect(job).toMatchObject({ status: 'succeeded', rowsSynced: 3 })
})
