import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { destinationDefinitionId, sourceDefinitionId } from '../support/engine.definitions.ts'
import {
  destinationPassword,
  type Engine,
  sourceKey,
  startEngine,
  tokenOf,
} from '../support/engine.ts'

const nobody = '99999999-9999-4999-8999-999999999999'

async function workspaceOf(engine: Engine): Promise<string> {
  return (await engine.call('GET', '/workspaces')).body.data[0].workspaceId
}

async function source(engine: Engine, configuration: object = { api_key: sourceKey }) {
  return engine.call('POST', '/sources', {
    name: 'a source',
    workspaceId: await workspaceOf(engine),
    definitionId: sourceDefinitionId,
    configuration,
  })
}

test('L10: nothing answers without a credential but health and the token exchange', async () => {
  await using engine = await startEngine()
  for (const prefix of ['/api/public/v1', '/v1']) {
    expect((await fetch(`${engine.url}${prefix}/health`)).status).toBe(200)
    for (const path of ['/jobs', '/sources', '/workspaces', '/connector_definitions?type=source']) {
      const answer = await fetch(engine.url + prefix + path)
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject({ status: 401, title: 'unauthorized' })
    }
  }
  const health = await fetch(`${engine.url}/api/v1/health`)
  expect(await health.json()).toEqual({ available: true })
  expect((await fetch(`${engine.url}/api/v1/jobs/get`, { method: 'POST' })).status).toBe(401)
  const wrong = { headers: { authorization: 'Bearer nonsense' } }
  expect((await fetch(`${engine.url}/v1/jobs`, wrong)).status).toBe(401)
})

test('a token is given at every place where clients ask, for JSON and for forms', async () => {
  await using engine = await startEngine()
  const { clientId, clientSecret } = engine.client
  const given = {
    client_id: clientId,
    client_secret: clientSecret.reveal(),
    grant_type: 'client_credentials',
  }
  for (const path of [
    '/api/public/v1/applications/token',
    '/api/v1/applications/token',
    '/v1/applications/token',
    '/applications/token',
  ]) {
    const form = await fetch(engine.url + path, {
      method: 'POST',
      body: new URLSearchParams(given),
    })
    expect(form.status).toBe(200)
    expect(await form.json()).toMatchObject({ token_type: 'Bearer', expires_in: 900 })
    const refused = await fetch(engine.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...given, client_secret: 'wrong' }),
    })
    expect(refused.status).toBe(401)
  }
  const basic = Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64')
  const answer = await fetch(`${engine.url}/v1/workspaces`, {
    headers: { authorization: `Basic ${basic}` },
  })
  expect(answer.status).toBe(200)
  expect(await tokenOf(engine.url, engine.client)).toMatch(/^ey/)
})

test('workspaces: the one that is there, others come and go', async () => {
  await using engine = await startEngine()
  const { body } = await engine.call('GET', '/workspaces')
  expect(body).toMatchObject({ previous: '', next: '', data: [{ name: 'Default Workspace' }] })
  expect(Object.keys(body.data[0].notifications)).toContain('syncDisabledWarning')
  const made = await engine.call('POST', '/workspaces', {
    name: 'second',
    organizationId: '00000000-0000-0000-0000-000000000000',
  })
  const path = `/workspaces/${made.body.workspaceId}`
  expect((await engine.call('PATCH', path, { name: 'renamed' })).body.name).toBe('renamed')
  const first = await engine.call('GET', '/workspaces?limit=1')
  expect(first.body.data).toHaveLength(1)
  const second = await fetch(first.body.next, {
    headers: { authorization: `Bearer ${await tokenOf(engine.url, engine.client)}` },
  })
  expect(await second.json()).toMatchObject({ data: [{ name: 'renamed' }] })
  expect((await engine.call('DELETE', path)).status).toBe(204)
  expect(await engine.call('GET', path)).toMatchObject({
    status: 404,
    body: { title: 'resource-not-found', data: { resourceType: 'workspace' } },
  })
})

test('L5: a source comes back with its secrets masked, and a mask keeps them', async () => {
  await using engine = await startEngine()
  const made = await source(engine, { api_key: sourceKey, rows: 3, sourceType: 'deputy' })
  expect(made).toMatchObject({
    status: 200,
    body: {
      name: 'a source',
      sourceType: '',
      definitionId: sourceDefinitionId,
      configuration: { api_key: '**********', rows: 3 },
    },
  })
  expect(Number.isInteger(made.body.createdAt)).toBe(true)
  expect(made.body.configuration.sourceType).toBeUndefined()
  const path = `/sources/${made.body.sourceId}`
  const patched = await engine.call('PATCH', path, {
    configuration: { api_key: '**********', rows: 4 },
  })
  expect(patched.body.configuration).toEqual({ api_key: '**********', rows: 4 })
  const put = await engine.call('PUT', path, {
    name: 'put',
    configuration: { api_key: '**********' },
  })
  expect(put.body).toMatchObject({ name: 'put', configuration: { api_key: '**********' } })
  const check = await engine.config('/sources/check_connection', { sourceId: made.body.sourceId })
  expect(check.body).toMatchObject({
    status: 'succeeded',
    message: 'checked',
    jobInfo: { configType: 'check_connection_source', succeeded: true },
  })
  expect((await engine.call('DELETE', path)).status).toBe(204)
  expect((await engine.call('GET', path)).status).toBe(404)
  expect((await engine.call('GET', '/sources')).body.data).toEqual([])
  expect((await engine.call('GET', '/sources?includeDeleted=true')).body.data).toHaveLength(1)
})

test('a destination is told by its type, in its configuration too', async () => {
  await using engine = await startEngine()
  const made = await engine.call('POST', '/destinations', {
    name: 'd',
    workspaceId: await workspaceOf(engine),
    configuration: {
      destinationType: 'postgres',
      password: destinationPassword,
      file: '/dev/null',
      ssl: true,
    },
  })
  expect(made.body).toMatchObject({
    destinationType: 'postgres',
    definitionId: destinationDefinitionId,
    configuration: { destinationType: 'postgres', password: '**********', ssl: true },
  })
})

test('what is wrong about a source or destination is said in the right shape', async () => {
  await using engine = await startEngine()
  const workspaceId = await workspaceOf(engine)
  const make = (body: object) =>
    engine.call('POST', '/sources', { name: 's', workspaceId, configuration: {}, ...body })
  expect(await make({})).toMatchObject({ status: 422, body: { title: 'unprocessable-entity' } })
  expect(await make({ configuration: { sourceType: 'faker' } })).toMatchObject({
    status: 400,
    body: { title: 'value-not-found', status: 400 },
  })
  expect((await make({ definitionId: nobody })).status).toBe(400)
  expect((await make({ definitionId: 'x' })).status).toBe(400)
  expect((await make({ workspaceId: nobody, definitionId: sourceDefinitionId })).status).toBe(404)
  const missing = await make({ definitionId: sourceDefinitionId })
  expect(missing).toMatchObject({ status: 422 })
  expect(missing.body.detail).toContain('api_key')
  const masked = { definitionId: sourceDefinitionId, configuration: { api_key: '**********' } }
  expect((await make(masked)).status).toBe(422)
  expect(
    (
      await make({
        name: 'a\u0000b',
        definitionId: sourceDefinitionId,
        configuration: { api_key: 'k' },
      })
    ).status,
  ).toBe(400)
})

test('a connection: made with its streams, changed, read again, deleted', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect(
    { things: true },
    {},
    {
      name: 'mine',
      namespaceDefinition: 'destination',
      prefix: '',
      nonBreakingSchemaUpdatesBehavior: 'ignore',
      dataResidency: null,
      schedule: { scheduleType: 'cron', cronExpression: '0 0 */6 * * ?' },
    },
  )
  const path = `/connections/${connectionId}`
  const { body } = await engine.call('GET', path)
  expect(body).toMatchObject({
    connectionId,
    name: 'mine',
    status: 'active',
    schedule: { scheduleType: 'cron', cronExpression: '0 0 */6 * * ?' },
    configurations: {
      streams: [
        {
          name: 'numbers',
          syncMode: 'incremental_deduped_history',
          cursorField: ['n'],
          primaryKey: [['id']],
        },
      ],
    },
    tags: [],
  })
  expect(JSON.stringify(body)).not.toContain('null')
  const patched = await engine.call('PATCH', path, {
    schedule: { scheduleType: 'manual' },
    configurations: { streams: [{ name: 'things', syncMode: 'full_refresh_overwrite' }] },
  })
  expect(patched.body).toMatchObject({
    name: 'mine',
    schedule: { scheduleType: 'manual' },
    configurations: { streams: [{ name: 'things' }] },
  })
  const unknown = await engine.call('PATCH', path, { name: 'other', unknownField: 1 })
  expect(unknown.status).toBe(400)
  expect(unknown.body.detail).toContain('unknownField')
  const detail = await engine.config('/connections/get', { connectionId })
  expect(detail.body.syncCatalog.streams[0]).toMatchObject({
    stream: { name: 'things', jsonSchema: { type: 'object' } },
    config: { selected: true, syncMode: 'full_refresh', destinationSyncMode: 'overwrite' },
  })
  expect((await engine.call('DELETE', path)).status).toBe(204)
  expect((await engine.call('GET', path)).status).toBe(404)
  const deleted = await engine.call('GET', '/connections?includeDeleted=true')
  expect(deleted.body.data).toMatchObject([{ connectionId, status: 'deprecated' }])
  const job = await engine.call('POST', '/jobs', { connectionId, jobType: 'sync' })
  expect(job.status).toBe(404)
})

test('without configurations every stream is read whole', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ things: true }, {}, { configurations: null })
  const { body } = await engine.call('GET', `/connections/${connectionId}`)
  expect(body.configurations.streams).toMatchObject([
    { name: 'numbers', syncMode: 'full_refresh_overwrite' },
    { name: 'things', syncMode: 'full_refresh_overwrite' },
  ])
})

test('what is wrong about a connection is said at the door', async () => {
  await using engine = await startEngine()
  const connectionId = await engine.connect({ things: true })
  const path = `/connections/${connectionId}`
  const streams = (...list: object[]) => ({ configurations: { streams: list } })
  const wrong: [object, RegExp][] = [
    [streams({ name: 'nothing' }), /Invalid stream/],
    [streams({ name: 'things', syncMode: 'incremental_append' }), /sync mode/],
    [streams({ name: 'things', syncMode: 'sideways' }), /sync mode/],
    [streams({ name: 'things' }, { name: 'things' }), /Duplicate/],
    [streams({ name: 'numbers', syncMode: 'incremental_append', cursorField: ['id'] }), /Cursor/],
    [streams({ name: 'numbers', primaryKey: [['n']] }), /Primary key/],
    [streams({ name: 'numbers', mappers: [{ type: 'hashing' }] }), /Mappers/],
    [{ schedule: { scheduleType: 'cron', cronExpression: '0 * * * * ?' } }, /one hour minimum/],
    [{ schedule: { scheduleType: 'cron' } }, /cronExpression/],
    [{ schedule: { scheduleType: 'basic' } }, /scheduleType/],
    [{ status: 'asleep' }, /status/],
  ]
  for (const [body, sentence] of wrong) {
    const answer = await engine.call('PATCH', path, body)
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringMatching(sentence)])
  }
  const nowhere = { sourceId: nobody, destinationId: nobody }
  expect((await engine.call('POST', '/connections', nowhere)).status).toBe(404)
})

test('L5: a source that cannot be discovered makes no connection, and says why', async () => {
  await using engine = await startEngine()
  await expect(engine.connect({ checkFails: true })).rejects.toThrow(/no such bank for \*{10}"/)
  expect((await engine.call('GET', '/connections')).body.data).toEqual([])
})

test('jobs are listed, filtered and ordered', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const connectionId = await engine.connect({ rows: 1 })
  const ids: number[] = []
  for (let i = 0; i < 3; i++) {
    ids.push(await engine.sync(connectionId))
    await engine.until(ids.at(-1)!)
  }
  const list = async (query: string) =>
    (await engine.call('GET', `/jobs?${query}`)).body.data.map(
      (job: { jobId: number }) => job.jobId,
    )
  const newest = ids.toReversed()
  expect(await list(`connectionId=${connectionId}&limit=5&offset=0`)).toEqual(newest)
  expect(await list('orderBy=createdAt%7CASC&limit=2')).toEqual(ids.slice(0, 2))
  expect(await list('status=failed')).toEqual([])
  expect(await list('jobType=sync&status=succeeded&limit=1')).toEqual([ids[2]])
  expect(await list('createdAtStart=2999-01-01T00:00:00Z')).toEqual([])
  expect(await list(`workspaceIds=${nobody}`)).toEqual([])
  const all = await engine.config('/jobs/list', {
    configTypes: ['sync'],
    configId: connectionId,
    pagination: { pageSize: 2 },
  })
  expect(all.body).toMatchObject({ totalJobCount: 3, jobs: [{ job: { id: ids[2] } }, {}] })
  expect(all.body.jobs[0].attempts[0]).toMatchObject({ status: 'succeeded', id: 0 })
})

test('bad input is never a 500', async () => {
  await using engine = await startEngine()
  const answers = await Promise.all([
    engine.call('GET', '/jobs/abc'),
    engine.call('GET', '/jobs/99999999999999999999999'),
    engine.call('GET', '/jobs/424242'),
    engine.call('GET', '/jobs?limit=0'),
    engine.call('GET', '/jobs?orderBy=1;drop'),
    engine.call('GET', '/jobs?createdAtStart=yesterday'),
    engine.call('GET', '/jobs?createdAtStart=8640000000000000'),
    engine.call('GET', '/jobs?status=%00'),
    engine.call('GET', '/jobs?status=foo'),
    engine.call('GET', '/sources?workspaceIds=x'),
    engine.call('GET', '/sources/x'),
    engine.call('GET', '/connector_definitions'),
    engine.call('POST', '/jobs', { connectionId: nobody, jobType: 'sync' }),
    engine.call('POST', '/jobs', { connectionId: nobody, jobType: 'refresh' }),
    engine.call('POST', '/jobs', [1]),
    engine.call('POST', '/jobs', 'x'),
    engine.call('POST', '/jobs'),
    engine.call('PATCH', `/connections/${nobody}`, {}),
    engine.call('GET', '/nowhere'),
    engine.config('/jobs/get', { id: -1 }),
    engine.config('/jobs/get', { id: 1e300 }),
    engine.config('/state/get', {}),
  ])
  for (const answer of answers) {
    expect([400, 404, 415, 422]).toContain(answer.status)
    expect(answer.body).toMatchObject({ status: answer.status, detail: expect.any(String) })
  }
})

test('the definitions and a source’s streams are told', async () => {
  await using engine = await startEngine()
  const definitions = await engine.call('GET', '/connector_definitions?type=destination')
  expect(definitions.body.data).toEqual([
    {
      id: destinationDefinitionId,
      name: 'Test destination',
      connectorDefinitionType: 'destination',
      version: '3.0.0',
    },
  ])
  const { sourceId } = (await source(engine)).body
  expect((await engine.call('GET', `//v1/streams?sourceId=${sourceId}`)).body).toEqual([
    {
      streamName: 'numbers',
      syncModes: expect.arrayContaining(['incremental_deduped_history', 'full_refresh_overwrite']),
      defaultCursorField: ['n'],
      sourceDefinedCursorField: true,
      sourceDefinedPrimaryKey: [['id']],
      propertyFields: [['id'], ['n'], ['note'], ['_ab_cdc_deleted_at']],
    },
  ])
})

test('L5: secrets stand in no table, log or answer, and reach connectors by a file', async () => {
  await using engine = await startEngine()
  await engine.startWorker()
  const starts = join(engine.folder, 'starts')
  const connectionId = await engine.connect({
    rows: 3,
    starts,
    fail: { after: 1, type: 'config_error', times: 1, file: join(engine.folder, 'times') },
  })
  const jobId = await engine.sync(connectionId)
  await engine.until(jobId)
  const info = await engine.config('/jobs/get', { id: jobId })
  expect(JSON.stringify(info.body)).toContain('it broke with **********')
  const tables = await engine.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'engine'`,
  )
  for (const { name } of tables.rows) {
    const { rows } = await engine.pool.query(`select t::text as row from engine.${name} t`)
    const text = JSON.stringify(rows)
    for (const secret of [sourceKey, destinationPassword, engine.client.clientSecret.reveal()]) {
      expect(text).not.toContain(secret)
    }
  }
  const { argv, key } = JSON.parse((await readFile(starts, 'utf8')).split('\n')[0]!)
  expect(JSON.stringify(argv)).not.toContain(sourceKey)
  expect(key).toBe('')
})
