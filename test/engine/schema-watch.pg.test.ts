// A source that changes what it offers between two syncs, and what each wish makes of it.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDueJobs } from '../../src/engine/scheduler.ts'
import { definitions, sourceDefinitionId } from '../support/engine.definitions.ts'
import { type Engine, type Loose, startEngine } from '../support/engine.ts'

const EXTRA = { fields: { extra: { type: ['null', 'string'] } } }

async function start(engine: Engine, behavior: string, more: object = {}): Promise<string> {
  await engine.startWorker()
  const offers = join(engine.folder, 'offers')
  const connection = { nonBreakingSchemaUpdatesBehavior: behavior, ...more }
  const connectionId = await engine.connect({ rows: 3, offers }, {}, connection)
  expect((await synced(engine, connectionId)).status).toBe('succeeded')
  return connectionId
}

async function synced(engine: Engine, connectionId: string): Promise<Loose> {
  return engine.until(await engine.sync(connectionId))
}

const offer = (engine: Engine, offers: object) =>
  writeFile(join(engine.folder, 'offers'), JSON.stringify(offers))

/** Of the destination's last start: each stream with its fields and whether it is truncated. */
async function asked(engine: Engine): Promise<Loose> {
  const starts = (await engine.written()).filter((one) => one.start !== undefined)
  const told: [string, string[], boolean][] = starts
    .at(-1)
    .catalog.streams.map((one: Loose) => [
      one.stream.name,
      Object.keys(one.stream.json_schema.properties),
      one.minimum_generation_id > 0,
    ])
  return told
}

async function log(engine: Engine, id: number): Promise<string> {
  const { body } = await engine.config('/jobs/get', { id })
  return JSON.stringify(body.attempts)
}

const FIELDS = ['id', 'n', 'note', '_ab_cdc_deleted_at']

test('a new column is there after the next sync, for the old rows too', async () => {
  await using engine = await startEngine()
  const connectionId = await start(engine, 'propagate_columns')
  await offer(engine, { ...EXTRA, streams: ['more', 'nul\u0000'] })
  const job = await synced(engine, connectionId)
  expect(job).toMatchObject({ status: 'succeeded', rowsSynced: 3 })
  expect(await log(engine, job.jobId)).toMatch(/left out .* which no database takes: nul/)
  expect(await asked(engine)).toEqual([['numbers', [...FIELDS, 'extra'], true]])
  const records = (await engine.written()).filter((one) => one.message?.type === 'RECORD')
  expect(records.at(-1).message.record.data).toEqual({ id: 'n3', n: 3, extra: 'new' })
  expect(await log(engine, job.jobId)).toContain('the field extra of the stream numbers is new')
  expect(await synced(engine, connectionId)).toMatchObject({ status: 'succeeded', rowsSynced: 0 })
  expect(await asked(engine)).toEqual([['numbers', [...FIELDS, 'extra'], false]])
})

test('where everything is followed, new streams come too', async () => {
  await using engine = await startEngine()
  const connectionId = await start(engine, 'propagate_fully')
  await offer(engine, { streams: ['more'] })
  expect(await synced(engine, connectionId)).toMatchObject({ status: 'succeeded', rowsSynced: 3 })
  expect((await asked(engine)).map(([name]: [string]) => name)).toEqual(['numbers', 'more'])
  const { body } = await engine.call('GET', `/connections/${connectionId}`)
  expect(body.configurations.streams).toMatchObject([
    { name: 'numbers' },
    { name: 'more', syncMode: 'incremental_deduped_history' },
  ])
  // It is gone again: not read, and its table left alone, while the other goes on.
  await offer(engine, { streams: ['more'], without: ['more'] })
  const job = await synced(engine, connectionId)
  expect(job.status).toBe('succeeded')
  expect((await asked(engine)).map(([name]: [string]) => name)).toEqual(['numbers'])
  expect(await log(engine, job.jobId)).toContain('the source has no stream more any more')
})

test('who ignores changes is not asked, and sees them once he chooses streams again', async () => {
  await using engine = await startEngine()
  const connectionId = await start(engine, 'ignore')
  await offer(engine, EXTRA)
  await synced(engine, connectionId)
  expect(await asked(engine)).toEqual([['numbers', FIELDS, false]])
  expect(await readFile(join(engine.folder, 'offers.asked'), 'utf8')).toBe('asked\n')
  const path = `/connections/${connectionId}`
  const { configurations } = (await engine.call('GET', path)).body
  const changed = await engine.call('PATCH', path, { configurations })
  expect(changed.body.streamChanges).toMatchObject([{ name: 'numbers', decision: 'read_again' }])
  await synced(engine, connectionId)
  expect(await asked(engine)).toEqual([['numbers', [...FIELDS, 'extra'], true]])
})

test('a connection that is to stop at a change stops, says why, and goes on when told to', async () => {
  await using engine = await startEngine()
  const cron = { schedule: { scheduleType: 'cron', cronExpression: '0 0 */6 * * ?' } }
  const connectionId = await start(engine, 'disable_connection', cron)
  await offer(engine, EXTRA)
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'failed', rowsSynced: 0 })
  const reason = 'The source changed: the field extra of the stream numbers is new.'
  expect(await log(engine, jobId)).toContain(reason)
  const path = `/connections/${connectionId}`
  expect((await engine.call('GET', path)).body).toMatchObject({
    status: 'inactive',
    statusReason: expect.stringContaining(reason),
  })
  const read = await engine.config('/connections/get', { connectionId })
  expect(read.body).toMatchObject({
    breakingChange: false,
    nonBreakingChangesPreference: 'disable',
    statusReason: expect.stringContaining(reason),
  })
  const { rows } = await engine.pool.query('select next_run_at from engine.connection')
  expect(rows).toEqual([{ next_run_at: null }])
  expect((await engine.call('POST', '/jobs', { connectionId, jobType: 'sync' })).status).toBe(409)
  const active = await engine.call('PATCH', path, { status: 'active' })
  expect(active.body).toMatchObject({ status: 'active' })
  expect(active.body.statusReason).toBeUndefined()
  expect(await synced(engine, connectionId)).toMatchObject({ status: 'succeeded', rowsSynced: 3 })
  expect(await asked(engine)).toEqual([['numbers', [...FIELDS, 'extra'], true]])
})

test('a pause outlives the worker that made it: nothing runs until somebody has looked', async () => {
  await using engine = await startEngine()
  const stop = await engine.startWorker()
  const offers = join(engine.folder, 'offers')
  const wishes = { nonBreakingSchemaUpdatesBehavior: 'disable_connection' }
  const hourly = { scheduleType: 'cron', cronExpression: '0 0 * * * ?' }
  const connection = { ...wishes, schedule: hourly }
  const connectionId = await engine.connect({ rows: 3, offers }, {}, connection)
  expect((await synced(engine, connectionId)).status).toBe('succeeded')
  await offer(engine, EXTRA)
  expect((await synced(engine, connectionId)).status).toBe('failed')
  await stop()
  await engine.startWorker()
  // Whatever its schedule made due before.
  expect(await startDueJobs(engine.pool)).toBe(0)
  const path = `/connections/${connectionId}`
  expect((await engine.call('GET', path)).body).toMatchObject({
    status: 'inactive',
    statusReason: expect.stringContaining('extra'),
  })
  const jobs = (await engine.call('GET', `/jobs?connectionId=${connectionId}`)).body.data
  expect(jobs.map((job: Loose) => job.status)).toEqual(['failed', 'succeeded'])
  await engine.call('PATCH', path, { status: 'active' })
  const { rows } = await engine.pool.query('select next_run_at from engine.connection')
  expect(rows[0].next_run_at).not.toBeNull()
  expect(await synced(engine, connectionId)).toMatchObject({ status: 'succeeded', rowsSynced: 3 })
})

test('a change that breaks a stream pauses, and cannot be waved through', async () => {
  await using engine = await startEngine()
  const connectionId = await start(engine, 'propagate_columns')
  await offer(engine, { gone: ['id'] })
  expect(await synced(engine, connectionId)).toMatchObject({ status: 'failed' })
  const path = `/connections/${connectionId}`
  const { body } = await engine.call('GET', path)
  expect(body).toMatchObject({ status: 'inactive' })
  expect(body.statusReason).toContain('breaks the stream numbers: Invalid primary key id')
  const read = await engine.config('/connections/get', { connectionId })
  expect(read.body.breakingChange).toBe(true)
  const again = await engine.call('PATCH', path, { status: 'active' })
  expect([again.status, again.body.detail]).toEqual([400, expect.stringContaining('primary key')])
  await offer(engine, {})
  expect((await engine.call('PATCH', path, { status: 'active' })).status).toBe(200)
  expect(await synced(engine, connectionId)).toMatchObject({ status: 'succeeded' })
})

test('a cursor that is gone pauses, and cannot be waved through where rows are compared', async () => {
  await using engine = await startEngine()
  const connectionId = await start(engine, 'propagate_columns')
  await offer(engine, { gone: ['n'] })
  expect(await synced(engine, connectionId)).toMatchObject({ status: 'failed' })
  const path = `/connections/${connectionId}`
  expect((await engine.call('GET', path)).body).toMatchObject({ status: 'inactive' })
  const again = await engine.call('PATCH', path, { status: 'active' })
  expect([again.status, again.body.detail]).toEqual([400, expect.stringContaining('cursor n')])
})

test('a source that cannot say what it offers is read as it was, and that is said', async () => {
  await using engine = await startEngine()
  const connectionId = await start(engine, 'propagate_columns')
  await offer(engine, { fails: true })
  const job = await synced(engine, connectionId)
  expect(job.status).toBe('succeeded')
  const lines = await log(engine, job.jobId)
  expect(lines).toContain('what the source offers now is not known')
  expect(lines).not.toContain('sk-canary')
})

test('a source that says when it changes is not asked before every sync', async () => {
  const own = (catalogVersion: string) =>
    definitions.map((one) =>
      one.definitionId === sourceDefinitionId ? { ...one, catalogVersion } : one,
    )
  const mine = own('1')
  await using engine = await startEngine(mine)
  const connectionId = await start(engine, 'propagate_columns')
  await offer(engine, EXTRA)
  await synced(engine, connectionId)
  expect(await asked(engine)).toEqual([['numbers', FIELDS, false]])
  // Its next version.
  mine.splice(0, mine.length, ...own('2'))
  await synced(engine, connectionId)
  expect(await asked(engine)).toEqual([['numbers', [...FIELDS, 'extra'], true]])
})
