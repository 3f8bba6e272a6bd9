import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { type Loose, startEngine } from '../support/engine.ts'

test('a sync carries every record and stores the state that came back', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 12 })
  const job = await engine.until(await engine.sync(connectionId))
  expect(job).toMatchObject({ status: 'succeeded', jobType: 'sync', rowsSynced: 12 })
  expect(job.startTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  expect(job.duration).toMatch(/^PT/)
  const written = await engine.written()
  const records = written.flatMap((one) => (one.message?.type === 'RECORD' ? [one.message] : []))
  expect(records.map((one) => one.record.data.n)).toEqual([...Array(12).keys()].map((i) => i + 1))
  const state = await engine.config('/state/get', { connectionId })
  expect(state.body).toMatchObject({
    stateType: 'stream',
    streamState: [{ streamDescriptor: { name: 'numbers' }, streamState: { n: 12 } }],
  })
  const again = await engine.until(await engine.sync(connectionId))
  expect(again).toMatchObject({ status: 'succeeded', rowsSynced: 0 })
})

test('states carry an id and counts, and COMPLETE comes last', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 7, stateEvery: 5 })
  await engine.until(await engine.sync(connectionId))
  const messages = (await engine.written()).flatMap((one) => (one.message ? [one.message] : []))
  const states = messages.filter((one) => one.type === 'STATE').map((one) => one.state)
  expect(states.map((one) => [one.id, one.sourceStats.recordCount])).toEqual([
    [1, 5],
    [2, 2],
  ])
  const last = messages.at(-1)
  expect(last.trace.stream_status).toEqual({
    stream_descriptor: { name: 'numbers' },
    status: 'COMPLETE',
  })
})

test('L3: a state that did not come back is not stored, and the sync has not succeeded', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 10 }, { mute: true })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed', rowsSynced: 0 })
  const state = await engine.config('/state/get', { connectionId })
  expect(state.body).toEqual({ stateType: 'not_set', connectionId })
  const info = await engine.config('/jobs/get', { id: jobId })
  const [failure] = info.body.attempts[0].attempt.failureSummary.failures
  expect(failure.externalMessage).toContain('did not return the last state of numbers')
})

test('L3: a state that was never sent is not stored', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3 }, { invent: true })
  await engine.until(await engine.sync(connectionId))
  const state = await engine.config('/state/get', { connectionId })
  expect(state.body.streamState[0].streamState).toEqual({ n: 3 })
})

test('an attempt after a failure goes on from the states that came back', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const starts = join(engine.folder, 'starts')
  const connectionId = await engine.connect({
    rows: 20,
    starts,
    fail: { after: 12, type: 'transient_error', times: 1, file: join(engine.folder, 'times') },
  })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'succeeded', rowsSynced: 20 })
  const lines = (await readFile(starts, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map((line) => line.states[0]?.stream.stream_state.n)).toEqual([undefined, 10])
  const info = await engine.config('/jobs/get', { id: jobId })
  const [first, second] = info.body.attempts
  expect(first.attempt).toMatchObject({
    status: 'failed',
    failureSummary: {
      partialSuccess: true,
      failures: [{ failureOrigin: 'source', failureType: 'transient_error' }],
    },
  })
  expect(second.attempt).toMatchObject({
    status: 'succeeded',
    streamStats: [{ streamName: 'numbers', stats: { recordsEmitted: 10, recordsCommitted: 10 } }],
  })
  expect(first.logs.logLines.join('\n')).toContain('destination INFO a line on stderr')
})

test('what the user must mend is not tried again', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const file = join(engine.folder, 'times')
  const connectionId = await engine.connect({
    rows: 9,
    fail: { after: 1, type: 'config_error', times: 9, file },
  })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed' })
  expect(await readFile(file, 'utf8')).toBe('1')
  const info = await engine.config('/jobs/get', { id: jobId })
  const [failure] = info.body.attempts[0].attempt.failureSummary.failures
  expect(failure).toMatchObject({ failureType: 'config_error', retryable: false })
})

test('five failures in a row that committed nothing end the job', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const file = join(engine.folder, 'times')
  const connectionId = await engine.connect({
    rows: 9,
    fail: { after: 1, type: 'exit', times: 9, file },
  })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed' })
  expect(await readFile(file, 'utf8')).toBe('5')
})

test('a source that fails completes no stream', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const file = join(engine.folder, 'times')
  const connectionId = await engine.connect({
    rows: 9,
    fail: { after: 7, type: 'config_error', times: 1, file },
  })
  await engine.until(await engine.sync(connectionId))
  const types = (await engine.written()).map((one) => one.message?.type)
  expect(types).not.toContain('TRACE')
  const ended = (await engine.written()).some((one) => one.end !== undefined)
  expect(ended).toBe(true)
})

const BOTH_STREAMS = {
  configurations: {
    streams: [
      { name: 'numbers', syncMode: 'incremental_deduped_history' },
      { name: 'things', syncMode: 'full_refresh_overwrite' },
    ],
  },
}

/** The streams that the destination was told are complete. */
function completedOf(written: Loose[]): Set<string> {
  const told = written.filter((one) => one.message?.type === 'TRACE')
  return new Set(told.map((one) => one.message.trace.stream_status.stream_descriptor.name))
}

test('a stream that the source calls incomplete is not completed, and the sync fails', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect(
    { rows: 3, things: true, incomplete: true },
    {},
    BOTH_STREAMS,
  )
  const jobId = await engine.sync(connectionId)
  await engine.until(jobId, ['incomplete', 'failed', 'running'])
  await expect
    .poll(async () => (await engine.written()).some((one) => one.end !== undefined))
    .toBe(true)
  expect(completedOf(await engine.written())).toEqual(new Set(['numbers']))
  const log = async () => {
    const info = await engine.config('/jobs/get', { id: jobId })
    return info.body.attempts[0].logs.logLines.join('\n')
  }
  await expect.poll(log).toContain('WARN stream numbers: never called complete')
  await engine.call('DELETE', `/jobs/${jobId}`)
})

test('L7: a stream that the destination refuses keeps no other from being completed', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect(
    { rows: 3, things: true },
    { refuses: 'numbers' },
    BOTH_STREAMS,
  )
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed' })
  expect(completedOf(await engine.written())).toContain('things')
  const state = await engine.config('/state/get', { connectionId })
  expect(state.body.streamState.map((one: Loose) => one.streamDescriptor.name)).toEqual(['things'])
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts[0].attempt.failureSummary.failures).toMatchObject([
    { failureOrigin: 'destination', streamDescriptor: { name: 'numbers' } },
  ])
})

test('L7: a stream that the source cannot read keeps no other from being completed', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ things: true, broken: true }, {}, BOTH_STREAMS)
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed' })
  expect(completedOf(await engine.written())).toEqual(new Set(['things']))
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts[0].attempt.failureSummary.failures).toMatchObject([
    { failureOrigin: 'source', streamDescriptor: { name: 'numbers' } },
  ])
})

const secretPayee = '{"type":"RECORD","record":{"stream":"numbers","data":{"id":"A payee'
test.each([
  ['cut off', `${secretPayee}\n`],
  ['behind text', `WARN ${secretPayee}"}}}\n`],
  ['broken inside', `${secretPayee}" "n":3},"emitted_at":1}}\n`],
  ['on several lines', '{\n  "type": "RECORD",\n  "record": {\n    "payee": "A payee"\n  }\n}\n'],
  ['printed by Python', "{'type': 'RECORD', 'record': {'data': {'id': 'A payee'}}}\n"],
])('L7: a record that is %s fails the attempt, and no state passes it', async (_how, line) => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 6, stateEvery: 2, raw: { 3: line } })
  const jobId = await engine.sync(connectionId)
  const info = await engine.until(jobId)
  expect(info.status).toBe('failed')
  const state = await engine.config('/state/get', { connectionId })
  expect(state.body.streamState?.[0]?.streamState ?? { n: 2 }).toEqual({ n: 2 })
  const job = await engine.config('/jobs/get', { id: jobId })
  const said = JSON.stringify(job.body)
  expect(said).not.toContain('payee')
  const [failure] = job.body.attempts[0].attempt.failureSummary.failures
  expect(failure).toMatchObject({ failureOrigin: 'source', failureType: 'system_error' })
})

test('text that is no message is logged and harms nothing', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 2, garbage: true })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'succeeded', rowsSynced: 2 })
  const info = await engine.config('/jobs/get', { id: jobId })
  const said = info.body.attempts[0].logs.logLines.join('\n')
  expect(said).toContain('source INFO not a message')
  expect(said).toContain('source INFO said on stderr')
  // L5: a record there is somebody's money, but lost it is not.
  expect(said).toContain('source INFO a line that looks like data was withheld')
  expect(said).not.toContain('payee')
})

test('a record of a stream that nobody chose fails the source', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 2, foreign: true })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed' })
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts[0].attempt.failureSummary.failures[0]).toMatchObject({
    failureOrigin: 'source',
  })
})

test('a destination that dies is the one to blame, and its states before that are kept', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect(
    { rows: 100_000, stateEvery: 1_000, pauseMs: 20 },
    { dieAfterStates: 3 },
  )
  const jobId = await engine.sync(connectionId)
  await engine.until(jobId, ['incomplete', 'failed', 'succeeded'])
  await engine.call('DELETE', `/jobs/${jobId}`)
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts[0].attempt).toMatchObject({
    status: 'failed',
    failureSummary: { partialSuccess: true, failures: [{ failureOrigin: 'destination' }] },
  })
  const state = await engine.config('/state/get', { connectionId })
  expect(state.body.streamState[0].streamState.n).toBeGreaterThanOrEqual(3_000)
})

test('a destination that ends before its input did has failed', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 50_000 }, { leaveEarly: true })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed' })
  const info = await engine.config('/jobs/get', { id: jobId })
  const [failure] = info.body.attempts[0].attempt.failureSummary.failures
  expect(failure.externalMessage).toContain('before its input did')
})

test('generations: overwriting and expired streams are read from nothing, others go on', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect(
    {
      rows: 10,
      things: true,
      fail: { after: 0, type: '', times: 1, expired: true, file: join(engine.folder, 'times') },
    },
    {},
    BOTH_STREAMS,
  )
  for (let i = 0; i < 3; i++) {
    expect(await engine.until(await engine.sync(connectionId))).toMatchObject({
      status: 'succeeded',
    })
  }
  const starts = (await engine.written()).filter((one) => one.start !== undefined)
  const generations = starts.map((one) =>
    one.catalog.streams.map((stream: Loose) => [
      stream.destination_sync_mode,
      stream.generation_id,
      stream.minimum_generation_id,
    ]),
  )
  // First job; second job, whose first attempt meets the expired state; third job.
  expect(generations).toEqual([
    [
      ['append_dedup', 0, 0],
      ['append', 1, 1],
    ],
    [
      ['append_dedup', 0, 0],
      ['append', 2, 2],
    ],
    [
      ['append_dedup', 1, 1],
      ['append', 3, 3],
    ],
    [
      ['append_dedup', 1, 0],
      ['append', 4, 4],
    ],
  ])
  const info = await engine.config('/state/get', { connectionId })
  expect(info.body.streamState[0].streamState).toEqual({ n: 10 })
})

test('clear reads nothing, completes every stream under a new generation, forgets states', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 4 })
  await engine.until(await engine.sync(connectionId))
  const made = await engine.call('POST', '/jobs', { connectionId, jobType: 'reset' })
  expect(made.body.jobType).toBe('clear')
  expect(await engine.until(made.body.jobId)).toMatchObject({ status: 'succeeded', rowsSynced: 0 })
  const written = await engine.written()
  const start = written.filter((one) => one.start !== undefined).at(-1)
  expect(start.catalog.streams[0]).toMatchObject({ generation_id: 1, minimum_generation_id: 1 })
  const state = await engine.config('/state/get', { connectionId })
  expect(state.body.stateType).toBe('not_set')
})

test('a prefix and a namespace rule rename records and states, and states come back', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const rule = { prefix: 'my_', namespaceDefinition: 'custom_format', namespaceFormat: 'ns' }
  const connectionId = await engine.connect({ rows: 6 }, {}, rule)
  expect(await engine.until(await engine.sync(connectionId))).toMatchObject({ rowsSynced: 6 })
  const written = await engine.written()
  const messages = written.flatMap((one) => (one.message ? [one.message] : []))
  expect(messages[0].record).toMatchObject({ stream: 'my_numbers', namespace: 'ns' })
  expect(messages.find((one) => one.type === 'STATE').state.stream.stream_descriptor).toEqual({
    name: 'my_numbers',
    namespace: 'ns',
  })
  const state = await engine.config('/state/get', { connectionId })
  expect(state.body.streamState[0]).toEqual({
    streamDescriptor: { name: 'numbers' },
    streamState: { n: 6 },
  })
  // Two connections may write one table, and are told what that means.
  const { body } = await engine.call('GET', `/connections/${connectionId}`)
  const { sourceId, destinationId } = body
  const configurations = { streams: [{ name: 'numbers', syncMode: 'full_refresh_append' }] }
  const twin = { ...rule, name: 'twin', sourceId, destinationId, configurations }
  const other = { ...twin, name: 'other', prefix: 'other_' }
  for (const one of [twin, other]) {
    expect((await engine.call('POST', '/connections', one)).status).toBe(200)
  }
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'succeeded' })
  const job = await engine.config('/jobs/get', { id: jobId })
  const said = job.body.attempts[0].logs.logLines.join('\n')
  expect(said).toContain('WARN the connection “twin” writes to the table ns.my_numbers too')
  expect(said).not.toContain('“other”')
})
