// A change of a connection or of one of its ends: what it says of each stream, that the next sync
// does it, that it loses nothing of other changes, and that what is not active does not run.
import { expect, test } from 'vitest'
import { type Answer, type Engine, type Loose, startEngine } from '../support/engine.ts'

const BOTH = {
  configurations: {
    streams: [
      { name: 'numbers', syncMode: 'incremental_deduped_history' },
      { name: 'things', syncMode: 'full_refresh_overwrite' },
    ],
  },
}

async function synced(engine: Engine, connectionId: string): Promise<void> {
  const job = await engine.until(await engine.sync(connectionId))
  expect(job).toMatchObject({ status: 'succeeded' })
}

/** `[generation, minimum, table]` of each stream, by start of the destination. */
async function generations(engine: Engine): Promise<Loose[]> {
  const starts = (await engine.written()).filter((one) => one.start !== undefined)
  return starts.map((one) =>
    one.catalog.streams.map((stream: Loose) => [
      stream.generation_id,
      stream.minimum_generation_id,
      stream.destination_table,
    ]),
  )
}

function decisions(answer: Answer): string[] {
  expect(answer.status).toBe(200)
  return answer.body.streamChanges.map((one: Loose) => `${one.name} ${one.decision}`)
}

test('a change says what it means for each stream; a dry run changes nothing; a sync does it', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3, things: true }, {}, BOTH)
  const path = `/connections/${connectionId}`
  const early = await engine.call('PATCH', path, { name: 'early' })
  expect(decisions(early)).toEqual(['numbers none', 'things none'])
  await synced(engine, connectionId)
  const dry = await engine.call('PATCH', `${path}?dry_run=true`, { prefix: 'my_' })
  expect(decisions(dry)).toEqual(['numbers read_again', 'things none'])
  expect(dry.body.streamChanges[0].reason).toContain('it goes to my_numbers, and went to numbers')
  expect((await engine.call('GET', path)).body.prefix).toBe('')
  await synced(engine, connectionId)
  const done = await engine.call('PATCH', path, { prefix: 'my_' })
  expect(done.body).toMatchObject({ prefix: 'my_', streamChanges: dry.body.streamChanges })
  await synced(engine, connectionId)
  expect(await generations(engine)).toEqual([
    [
      [0, 0, null],
      [1, 1, null],
    ],
    // A destination that says nothing of its table is asked for none.
    [
      [0, 0, undefined],
      [2, 2, null],
    ],
    [
      [1, 1, null],
      [3, 3, null],
    ],
  ])
  const calm = await engine.call('PATCH', path, { prefix: 'my_' })
  expect(decisions(calm)).toEqual(['numbers none', 'things none'])
})

test('a state is kept with the table that the destination names, and given back with it', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const table = { incarnation: '00000000-0000-4000-8000-000000000001', commits: 4 }
  const connectionId = await engine.connect({ rows: 3 }, { table })
  await synced(engine, connectionId)
  await synced(engine, connectionId)
  expect(await generations(engine)).toEqual([[[0, 0, null]], [[0, 0, table]]])
  const state = await engine.config('/state/get', { connectionId })
  expect(state.body.streamState[0].streamState).toEqual({ n: 3 })
})

test('a destination that does not know the table orders the refresh, under whatever name', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3 }, {}, { prefix: 'my_' })
  await synced(engine, connectionId)
  const { destinationId } = (await engine.call('GET', `/connections/${connectionId}`)).body
  const configuration = { expires: 'my_numbers' }
  await engine.call('PATCH', `/destinations/${destinationId}`, { configuration })
  const jobId = await engine.sync(connectionId)
  expect(await engine.until(jobId)).toMatchObject({ status: 'succeeded', rowsSynced: 3 })
  const written = await generations(engine)
  expect(written.at(-1)).toEqual([[1, 1, null]])
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(info.body.attempts.length).toBeLessThanOrEqual(2)
})

test('the configuration of a destination that names no table decides for all its streams', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3, things: true }, {}, BOTH)
  await synced(engine, connectionId)
  const { destinationId, sourceId } = (await engine.call('GET', `/connections/${connectionId}`))
    .body
  const path = `/destinations/${destinationId}`
  const secret = await engine.call('PATCH', path, { configuration: { password: 'another' } })
  expect(decisions(secret)).toEqual(['numbers none', 'things none'])
  const dry = await engine.call('PATCH', `${path}?dry_run=true`, { configuration: { slowMs: 1 } })
  expect(decisions(dry)).toEqual(['numbers read_again', 'things none'])
  expect(dry.body.streamChanges[0]).toMatchObject({ connectionId, name: 'numbers' })
  expect((await engine.call('GET', path)).body.configuration.slowMs).toBeUndefined()
  const put = await engine.call('PUT', `${path}?dry_run=true`, {
    name: 'put',
    configuration: { password: 'p', file: '/dev/null' },
  })
  expect(decisions(put)).toEqual(['numbers read_again', 'things none'])
  const source = await engine.call('PATCH', `/sources/${sourceId}`, { configuration: { rows: 4 } })
  expect(decisions(source)).toEqual(['numbers none', 'things none'])
  await engine.call('PATCH', path, { configuration: { slowMs: 1 } })
  await synced(engine, connectionId)
  expect((await generations(engine)).at(-1)).toEqual([
    [1, 1, null],
    [2, 2, null],
  ])
})

test('one more field is read again, one less is not; what a sync needs is always selected', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3 })
  await synced(engine, connectionId)
  const path = `/connections/${connectionId}`
  const select = (...fields: string[]) => ({
    configurations: {
      streams: [
        {
          name: 'numbers',
          syncMode: 'incremental_deduped_history',
          selectedFields: fields.map((field) => ({ fieldPath: [field] })),
        },
      ],
    },
  })
  const fewer = await engine.call('PATCH', path, select('note'))
  expect(fewer.body.configurations.streams[0].selectedFields).toEqual(
    ['note', 'id', 'n', '_ab_cdc_deleted_at'].map((field) => ({ fieldPath: [field] })),
  )
  expect(decisions(fewer)).toEqual(['numbers none'])
  await engine.call('PATCH', path, select('id'))
  await synced(engine, connectionId)
  const more = await engine.call('PATCH', path, select('note', 'id'))
  expect(decisions(more)).toEqual(['numbers read_again'])
  expect(more.body.streamChanges[0].reason).toContain('the field note is new')
  const unknown = await engine.call('PATCH', path, select('nothing'))
  expect([unknown.status, unknown.body.detail]).toEqual([400, expect.stringMatching(/nothing/)])
})

test('a stream that is taken out loses its state, and is read again when it comes back', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 3, things: true }, {}, BOTH)
  await synced(engine, connectionId)
  const path = `/connections/${connectionId}`
  const only = (streams: object[]) => ({ configurations: { streams } })
  const [numbers, things] = BOTH.configurations.streams
  const out = await engine.call('PATCH', path, only([things!]))
  expect(decisions(out)).toEqual(['things none', 'numbers none'])
  expect(out.body.streamChanges[1].reason).toContain('its state is dropped')
  await synced(engine, connectionId)
  const back = await engine.call('PATCH', path, only([numbers!, things!]))
  expect(decisions(back)).toEqual(['numbers read_again', 'things none'])
  await synced(engine, connectionId)
  expect((await generations(engine)).at(-1)?.[0]).toEqual([1, 1, null])
})

test('two streams for one table are refused, by a change as by a new connection', async () => {
  await using engine = await startEngine()
  const twice = {
    configurations: {
      streams: ['numbers', 'other'].map((namespace) => ({ name: 'numbers', namespace })),
    },
  }
  const connectionId = await engine.connect(
    { twin: true },
    {},
    {
      ...twice,
      namespaceDefinition: 'source',
    },
  )
  const path = `/connections/${connectionId}`
  const dry = await engine.call('PATCH', `${path}?dry_run=true`, {
    namespaceDefinition: 'destination',
  })
  expect(decisions(dry)).toEqual(['numbers refuse', 'numbers refuse'])
  const done = await engine.call('PATCH', path, { namespaceDefinition: 'destination' })
  expect([done.status, done.body.detail]).toEqual([400, expect.stringMatching(/more than one/)])
  expect((await engine.call('GET', path)).body.namespaceDefinition).toBe('source')
  await expect(engine.connect({ twin: true }, {}, twice)).rejects.toThrow(/more than one/)
})

const slow = { rows: 100_000, stateEvery: 10, pauseMs: 50 }

async function ended(engine: Engine, jobId: number): Promise<void> {
  await expect
    .poll(async () => (await engine.call('GET', `/jobs/${jobId}`)).body.status, { timeout: 5_000 })
    .toBe('cancelled')
  const info = await engine.config('/jobs/get', { id: jobId })
  const { attempts } = info.body
  await engine.pool.query('select pg_sleep(0.3)')
  const later = await engine.config('/jobs/get', { id: jobId })
  expect(later.body.attempts).toHaveLength(attempts.length)
}

test.each([
  ['disabled', { status: 'inactive' }],
  ['deleted by a change', { status: 'deprecated' }],
])(
  'a connection that is %s runs no more: neither what runs nor what waits',
  async (_how, change) => {
    await using engine = await startEngine()
    await engine.startWorker()
    const runs = await engine.connect(slow)
    const running = await engine.sync(runs)
    await engine.until(running, ['running'])
    expect((await engine.call('PATCH', `/connections/${runs}`, change)).status).toBe(200)
    await ended(engine, running)
    const file = `${engine.folder}/times`
    const waits = await engine.connect({
      rows: 5,
      fail: { after: 1, type: 'exit', times: 99, file },
    })
    const waiting = await engine.sync(waits)
    await engine.until(waiting, ['incomplete', 'failed'])
    await engine.call('PATCH', `/connections/${waits}`, change)
    const { status } = (await engine.call('GET', `/jobs/${waiting}`)).body
    expect(['cancelled', 'failed']).toContain(status)
    const refused = await engine.call('POST', '/jobs', { connectionId: runs, jobType: 'sync' })
    expect(refused).toMatchObject(
      change.status === 'inactive'
        ? { status: 409, body: { title: 'state-conflict' } }
        : { status: 404 },
    )
  },
)

test('who deletes a source, a destination or a workspace ends what runs with it', async () => {
  await using engine = await startEngine()
  await engine.startWorker(4)
  for (const [kind, id] of [
    ['sources', 'sourceId'],
    ['destinations', 'destinationId'],
    ['workspaces', 'workspaceId'],
  ] as const) {
    const connectionId = await engine.connect(slow)
    const jobId = await engine.sync(connectionId)
    await engine.until(jobId, ['running'])
    const connection = (await engine.call('GET', `/connections/${connectionId}`)).body
    expect((await engine.call('DELETE', `/${kind}/${connection[id]}`)).status).toBe(204)
    await ended(engine, jobId)
    expect((await engine.call('GET', `/connections/${connectionId}`)).status).toBe(404)
  }
})

test('a change under way undoes no pause and revives nothing that was deleted', async () => {
  await using engine = await startEngine()
  const made = async () => {
    const connectionId = await engine.connect({ discoverMs: 800 })
    const path = `/connections/${connectionId}`
    const { sourceId } = (await engine.call('GET', path)).body
    // What is known of its streams is worth nothing any more: the next change asks the source.
    await engine.call('PATCH', `/sources/${sourceId}`, { configuration: { rows: 4 } })
    return path
  }
  const streams = [{ name: 'numbers', syncMode: 'full_refresh_append' }]
  const change = { configurations: { streams }, prefix: 'p_' }
  const paused = await made()
  const [answer] = await Promise.all([
    engine.call('PATCH', paused, change),
    engine.call('PATCH', paused, { status: 'inactive', name: 'paused' }),
  ])
  expect(answer.body).toMatchObject({ status: 'inactive', name: 'paused', prefix: 'p_' })
  expect((await engine.call('GET', paused)).body).toMatchObject({
    status: 'inactive',
    name: 'paused',
    prefix: 'p_',
    configurations: { streams },
  })
  const deleted = await made()
  const [late] = await Promise.all([
    engine.call('PATCH', deleted, change),
    engine.call('DELETE', deleted),
  ])
  expect(late.status).toBe(404)
  expect((await engine.call('GET', deleted)).status).toBe(404)
})

test('changes at once are all there in the end', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ rows: 1 })
  const path = `/connections/${connectionId}`
  const { destinationId } = (await engine.call('GET', path)).body
  const answers = await Promise.all([
    engine.call('PATCH', path, { name: 'renamed' }),
    engine.call('PATCH', path, { prefix: 'p_' }),
    engine.call('PATCH', path, { status: 'inactive' }),
    engine.call('PATCH', path, { namespaceDefinition: 'source' }),
    ...[1, 2, 3, 4].map((n) =>
      engine.call('PATCH', `/destinations/${destinationId}`, { configuration: { [`k${n}`]: n } }),
    ),
  ])
  expect(answers.map((one) => one.status)).toEqual(answers.map(() => 200))
  expect((await engine.call('GET', path)).body).toMatchObject({
    name: 'renamed',
    prefix: 'p_',
    status: 'inactive',
    namespaceDefinition: 'source',
  })
  const destination = await engine.call('GET', `/destinations/${destinationId}`)
  expect(destination.body.configuration).toMatchObject({ k1: 1, k2: 2, k3: 3, k4: 4 })
})

test('a job that is asked for while its connection is disabled is not left behind', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ rows: 1 })
  const path = `/connections/${connectionId}`
  for (let i = 0; i < 10; i++) {
    await engine.call('PATCH', path, { status: 'active' })
    await Promise.all([
      engine.call('POST', '/jobs', { connectionId, jobType: 'sync' }),
      engine.call('PATCH', path, { status: 'inactive' }),
    ])
    const { data } = (await engine.call('GET', `/jobs?connectionId=${connectionId}`)).body
    expect(data.every((job: Loose) => job.status === 'cancelled')).toBe(true)
  }
})

test('a namespace of one’s own needs its format, at the making as at a change', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect()
  const path = `/connections/${connectionId}`
  for (const namespaceFormat of [undefined, '', ' ']) {
    const wish = { namespaceDefinition: 'custom_format', namespaceFormat }
    const { status, body } = await engine.call('PATCH', path, wish)
    expect([status, body.detail]).toEqual([400, expect.stringContaining('namespaceFormat')])
  }
  const own = { namespaceDefinition: 'custom_format', namespaceFormat: 'mine' }
  expect((await engine.call('PATCH', path, own)).status).toBe(200)
  const kept = await engine.call('PATCH', path, { namespaceDefinition: 'custom_format' })
  expect(kept.body).toMatchObject(own)
})
