// Connectors of somebody else: destinations that know no generations, return states in their own
// way or count otherwise; sources whose streams send no states, or that write what another language
// writes.
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { definitions } from '../support/engine.definitions.ts'
import { type Engine, type Loose, sourceKey, startEngine } from '../support/engine.ts'

const withoutRefreshes = definitions.map((one) => ({ ...one, supportsRefreshes: false }))

const logOf = async (engine: Engine, jobId: number): Promise<string> =>
  (await engine.config('/jobs/get', { id: jobId })).body.attempts[0].logs.logLines.join('\n')

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

test.each([
  ['append_dedup', definitions],
  ['overwrite', withoutRefreshes],
])('a source is asked in the protocol’s own modes: %s', async (mode, own) => {
  await using engine = await startEngine(own)
  await engine.startWorker()
  const starts = `${engine.folder}/starts`
  const streams = [{ name: 'numbers', syncMode: 'full_refresh_overwrite_deduped' }]
  const connectionId = await engine.connect(
    { rows: 2, starts },
    {},
    { configurations: { streams } },
  )
  expect(await engine.until(await engine.sync(connectionId))).toMatchObject({ rowsSynced: 2 })
  const { catalog } = JSON.parse(await readFile(starts, 'utf8'))
  expect(catalog.streams).toMatchObject([{ destination_sync_mode: mode, generation_id: 1 }])
  expect(await modes(engine)).toEqual([mode])
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

test('a destination that can only add clears nothing, and says what reading again makes', async () => {
  const command = (one: string[]) => ['env', 'TEST_MODES=append', ...one]
  const adding = withoutRefreshes.map((one) => ({ ...one, command: command([...one.command]) }))
  await using engine = await startEngine(adding)
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3 }, {}, append)
  expect(await engine.until(await engine.sync(connectionId))).toMatchObject({ rowsSynced: 3 })
  const clear = await engine.call('POST', '/jobs', { connectionId, jobType: 'clear' })
  expect(await engine.until(clear.body.jobId)).toMatchObject({ status: 'failed' })
  expect(await logOf(engine, clear.body.jobId)).toContain('knows no way of emptying a table')
  expect(await engine.until(await engine.sync(connectionId))).toMatchObject({ rowsSynced: 0 })
  await engine.call('PATCH', `/connections/${connectionId}`, { prefix: 'my_' })
  const again = await engine.sync(connectionId)
  expect(await engine.until(again)).toMatchObject({ status: 'succeeded', rowsSynced: 3 })
  expect(await logOf(engine, again)).toContain('WARN the destination keeps the rows of numbers')
})

test('what was committed counts in a job that failed, states or not, and nothing else does', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const fail = { after: 4, type: 'config_error', times: 1, file: `${engine.folder}/times` }
  const source = { rows: 9, stateless: true, fail }
  const connectionId = await engine.connect(source, { rejects: 1, nulls: 2 })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed', rowsSynced: 3 })
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts[0].attempt).toMatchObject({
    recordsSynced: 3,
    totalStats: {
      recordsEmitted: 4,
      recordsCommitted: 3,
      recordsRejected: 1,
      additionalStats: { valuesNulled: 8 },
    },
    streamStats: [{ nulledValues: [{ field: 'n', reason: 'TOO_FINE', count: 8 }] }],
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

test('L5: a secret that a connector changes itself stands in no log from then on', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const config = { api_key: 'rotated-once-777', rows: 2 }
  const lines = [
    { type: 'CONTROL', control: { type: 'CONNECTOR_CONFIG', connectorConfig: { config } } },
    { type: 'LOG', log: { level: 'INFO', message: `was ${sourceKey}, is ${config.api_key}` } },
  ].map((message) => `${JSON.stringify({ emitted_at: 1, ...message })}\n`)
  const connectionId = await engine.connect({ rows: 3, raw: { 2: lines.join('') } })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'succeeded' })
  expect(await logOf(engine, jobId)).toContain('source INFO was **********, is **********')
})

const stateOf = async (engine: Engine, connectionId: string): Promise<unknown> =>
  (await engine.config('/state/get', { connectionId })).body.streamState?.[0]?.streamState

test.each(['bare', 'twice', 'late'])(
  'L3: states that come back %s are known for what they are',
  async (returns) => {
    await using engine = await startEngine()
    await engine.startWorker()
    const connectionId = await engine.connect({ rows: 10, stateEvery: 2 }, { returns })
    for (const rowsSynced of [10, 0]) {
      const job = await engine.until(await engine.sync(connectionId))
      expect(job).toMatchObject({ status: 'succeeded', rowsSynced })
      expect(await stateOf(engine, connectionId)).toEqual({ n: 10 })
    }
  },
)

test('L3: a destination that drops a state’s number proves no more than what it returned', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const destination = { returns: 'bare', statesMax: 2 }
  const connectionId = await engine.connect({ rows: 10, stateEvery: 2 }, destination)
  const jobId = await engine.sync(connectionId)
  await engine.until(jobId, ['incomplete', 'failed', 'succeeded'])
  await engine.call('DELETE', `/jobs/${jobId}`)
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts[0].attempt).toMatchObject({ status: 'failed', recordsSynced: 4 })
})

test('counts that are not ours are told, once for each stream and side, and fail nothing', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const stream = { stream_descriptor: { name: 'numbers', namespace: null }, stream_state: { n: 2 } }
  // Python counts in fractions.
  const line = (count: string) => {
    const state = { type: 'STREAM', stream, sourceStats: { recordCount: 'count' } }
    return `${JSON.stringify({ type: 'STATE', state }).replace('"count"', count)}\n`
  }
  const source = { rows: 6, stateEvery: 6, raw: { 3: line('2.0') + line('7.0') + line('8') } }
  const connectionId = await engine.connect(source, { miscounts: true })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'succeeded', rowsSynced: 5 })
  const log = await logOf(engine, jobId)
  expect(log.match(/WARN the \w+ counts .*/g)).toEqual([
    'WARN the source counts 7 records before a state of numbers, and 0 passed',
    'WARN the destination counts 3 records before a state of numbers, and 2 passed',
  ])
})

test('what another language writes is read: nulls, fractions, levels that are none', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const stream = { stream_descriptor: { name: 'numbers', namespace: null }, stream_state: { n: 2 } }
  const nulls = { internal_message: null, stack_trace: null, stream_descriptor: null }
  const error = { message: 'no access', failure_type: 'config_error', ...nulls }
  const lines = [
    { type: 'LOG', log: { level: 'WARNING', message: 'careful', stack_trace: null } },
    { type: 'STATE', state: { type: null, stream, global: null, data: null, sourceStats: null } },
    { type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1.5, error } },
  ].map((message) => `${JSON.stringify(message)}\n`)
  const connectionId = await engine.connect({ rows: 4, raw: { 3: lines.join('') } })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed' })
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts).toHaveLength(1)
  expect(info.body.attempts[0].attempt.failureSummary.failures).toMatchObject([
    { failureOrigin: 'source', failureType: 'config_error', externalMessage: 'no access' },
  ])
  expect(await logOf(engine, jobId)).toContain('source INFO careful')
  expect(await stateOf(engine, connectionId)).toEqual({ n: 4 })
})

test.each([
  ['a state without its stream', '{"type":"STATE","state":{"type":"STREAM"}}'],
  ['a record without its data', '{"type":"RECORD","record":{"stream":"numbers","emitted_at":1}}'],
])('%s is its source’s fault', async (_what, line) => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect(
    { rows: 3, raw: { 2: `${line}\n` } },
    { dieAfterStates: 1 },
  )
  const jobId = await engine.sync(connectionId)
  await engine.until(jobId)
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts[0].attempt.failureSummary.failures[0]).toMatchObject({
    failureOrigin: 'source',
    failureType: 'system_error',
  })
})
