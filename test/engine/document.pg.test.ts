// The engine's OpenAPI document is the engine: every route is in it, whole, and each of them was
// asked here and answered as it says. That every other answer of these tests fits too,
// `startEngine` sees to.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  destinationPassword,
  type Engine,
  type Loose,
  sourceKey,
  startEngine,
} from '../support/engine.ts'
import { destinationDefinitionId, sourceDefinitionId } from '../support/engine.definitions.ts'

let engine: Engine
let connectionId: string
let workspaceId: string

beforeAll(async () => {
  engine = await startEngine()
  connectionId = await engine.connect({ rows: 3, things: true })
  workspaceId = (await engine.call('GET', '/workspaces')).body.data[0].workspaceId
})
afterAll(() => engine[Symbol.asyncDispose]())

test('nobody reads the document without a credential', async () => {
  expect((await fetch(`${engine.url}/openapi.json`)).status).toBe(401)
})

test('every operation says what it is for, its success, its failures, and who may ask', () => {
  expect(engine.document.api.openapi).toBe('3.1.0')
  expect(engine.document.flaws()).toEqual([])
})

test('every operation was asked, and answered as it says', async () => {
  const jobId = await engine.sync(connectionId)
  await work(jobId)
  await theConfigApi(jobId)
  for (const prefix of ['/api/public/v1', '/v1']) await thePublicApi(`/${prefix}`)
  await theDoor()
  expect(engine.document.unproven()).toEqual(['GET /api/v1/events'])
})

async function ask(method: string, path: string, body?: object): Promise<Loose> {
  const answer = await engine.call(method, path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  return answer.body
}

async function work(jobId: number): Promise<void> {
  const stop = await engine.startWorker()
  await engine.until(jobId)
  await stop()
}

async function theDoor(): Promise<void> {
  const { clientId, clientSecret } = engine.client
  const client = { client_id: clientId, client_secret: clientSecret.reveal() }
  for (const prefix of ['/api/public/v1', '/api/v1', '/v1', '']) {
    await ask('POST', `/${prefix}/applications/token`, client)
    if (prefix !== '') await ask('GET', `/${prefix}/health`)
  }
  const open = ['//live', '//ready', '//api/v1/instance_configuration']
  for (const path of ['//openapi.json', '//metrics', ...open]) await ask('GET', path)
}

/** Makes everything once, changes and reads it, and takes it away. */
async function thePublicApi(base: string): Promise<void> {
  const workspace = await ask('POST', `${base}/workspaces`, { name: 'another' })
  await keeps(`${base}/workspaces`, workspace.workspaceId, { name: 'renamed' })
  const source = await ask('POST', `${base}/sources`, {
    name: 'source',
    workspaceId,
    definitionId: sourceDefinitionId,
    configuration: { api_key: sourceKey },
  })
  const destination = await ask('POST', `${base}/destinations`, {
    name: 'destination',
    workspaceId,
    definitionId: destinationDefinitionId,
    configuration: { password: destinationPassword, file: join(engine.folder, 'other.jsonl') },
  })
  const { sourceId } = source
  const { destinationId } = destination
  const connection = await ask('POST', `${base}/connections`, { sourceId, destinationId })
  const job = await ask('POST', `${base}/jobs`, {
    connectionId: connection.connectionId,
    jobType: 'clear',
  })
  await ask('GET', `${base}/jobs/${job.jobId}`)
  await ask('GET', `${base}/jobs?limit=2`)
  await work(job.jobId)
  await cancels(base, connection.connectionId)
  await ask('GET', `${base}/streams?sourceId=${sourceId}&destinationId=${destinationId}`)
  await ask('GET', `${base}/connector_definitions?type=source`)
  const schedule = { scheduleType: 'cron', cronExpression: '0 0 * * * ?' }
  await ask('PATCH', `${base}/connections/${connection.connectionId}`, { schedule })
  await keeps(`${base}/connections`, connection.connectionId, { prefix: 'a_' })
  for (const [path, id, actor] of [
    [`${base}/sources`, sourceId, source],
    [`${base}/destinations`, destinationId, destination],
  ] as const) {
    const { name, configuration } = actor
    const { destinationType: _type, ...own } = configuration
    await ask('PUT', `${path}/${id}`, { name, configuration: own })
    await keeps(path, id, { name: 'renamed' })
  }
  await ask('DELETE', `${base}/workspaces/${workspace.workspaceId}`)
}

/** Lists, reads, changes and, but for a workspace, deletes it. */
async function keeps(path: string, id: string, change: object): Promise<void> {
  await ask('GET', path)
  await ask('GET', `${path}/${id}`)
  await ask('PATCH', `${path}/${id}`, change)
  if (!path.endsWith('/workspaces')) await ask('DELETE', `${path}/${id}`)
}

/** A job that no worker takes. */
async function cancels(base: string, id: string): Promise<void> {
  const waiting = await ask('POST', `${base}/jobs`, { connectionId: id, jobType: 'sync' })
  await ask('DELETE', `${base}/jobs/${waiting.jobId}`)
}

async function theConfigApi(jobId: number): Promise<void> {
  const config = (path: string, body: object) => ask('POST', `//api/v1${path}`, body)
  const { sourceId, destinationId } = await ask('GET', `/connections/${connectionId}`)
  await config('/jobs/get', { id: jobId })
  await config('/jobs/get_without_logs', { id: jobId })
  await config('/jobs/list', { configTypes: ['sync', 'reset_connection'] })
  await config('/jobs/strips', { createdAtStart: '2026-01-01T00:00:00Z', stepSeconds: 86_400 })
  await config('/attempt/get_logs', { jobId })
  await config('/state/get', { connectionId })
  await config('/connections/get', { connectionId })
  const basicSchedule = { units: 2, timeUnit: 'hours' }
  await config('/connections/update', {
    connectionId,
    scheduleType: 'basic',
    scheduleData: { basicSchedule },
  })
  await config('/connections/sync_progress', { connectionId })
  await config('/web_backend/connections/list', {})
  const streams = [{ name: 'numbers' }]
  await config('/web_backend/connections/shared_tables', { destinationId, streams })
  await config('/web_backend/connections/get', { connectionId, withRefreshedCatalog: true })
  await config('/web_backend/describe_cron_expression', { cronExpression: '0 0 * * * ?' })
  await config('/sources/discover_schema', { sourceId, connectionId })
  await config('/sources/report_news', { sourceId })
  await config('/source_definition_specifications/get', { sourceDefinitionId })
  await config('/destination_definition_specifications/get', { destinationDefinitionId })
  for (const [kind, id, definitionId] of [
    ['source', sourceId, sourceDefinitionId],
    ['destination', destinationId, destinationDefinitionId],
  ]) {
    const connectionConfiguration = { nothing: 'known' }
    await config(`/${kind}s/check_connection`, { [`${kind}Id`]: id })
    await config(`/${kind}s/check_connection_for_update`, {
      [`${kind}Id`]: id,
      connectionConfiguration,
    })
    await config(`/scheduler/${kind}s/check_connection`, {
      [`${kind}DefinitionId`]: definitionId,
      connectionConfiguration,
    })
  }
}
