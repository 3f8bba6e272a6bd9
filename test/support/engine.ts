// The engine as it runs: the server over HTTP, workers, connectors as processes, a database of its
// own.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { createApplication } from '../../src/engine/api/application.ts'
import { noPostSync, type PostSync } from '../../src/engine/connection/post-sync.ts'
import { type JobRetryPolicy, jobRetryPolicy } from '../../src/engine/job/retry.ts'
import { createEngineServer } from '../../src/engine/server.ts'
import { createWorker } from '../../src/engine/worker.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { systemClock } from '../../src/std/clock.ts'
import { newSealingKeyText, type Secret, sealingKey } from '../../src/std/secrets.ts'
import { testDatabase } from './database.ts'
import { Document, type OpenApi } from './document.ts'
import { definitions, destinationDefinitionId, sourceDefinitionId } from './engine.definitions.ts'
import { freePort } from './postgres.ts'

/** Tries again at once. */
const quick: JobRetryPolicy = { ...jobRetryPolicy, firstDelayMs: 20 }

export const sourceKey = 'sk-canary-source-0123456789'
export const destinationPassword = 'pw-canary-destination-0123456789'

/** JSON that the tests look into. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Loose = any

export interface Answer {
  status: number
  body: Loose
  headers: Headers
}

export interface Engine extends AsyncDisposable {
  url: string
  pool: Pool
  databaseUrl: Secret
  folder: string
  keyText: string
  client: { clientId: string; clientSecret: Secret }
  /** What every answer is held to. */
  document: Document
  /** With a token; the path begins after /api/public/v1, or anywhere with a leading `//`. */
  call(method: string, path: string, body?: unknown): Promise<Answer>
  config(path: string, body: unknown): Promise<Answer>
  startWorker(jobsMax?: number): Promise<() => Promise<void>>
  /** Source, destination and connection; answers the connection's id. */
  connect(source?: object, destination?: object, connection?: object): Promise<string>
  sync(connectionId: string): Promise<number>
  /** The job once its status is one of these (by default: an end). */
  until(jobId: number, statuses?: string[]): Promise<Loose>
  /** What the destination wrote. */
  written(): Promise<Loose[]>
}

export async function startEngine(
  own = definitions,
  postSync: PostSync = noPostSync,
): Promise<Engine> {
  const database = await testDatabase()
  const pool = database.pool()
  const folder = await mkdtemp(join(tmpdir(), 'tartan engine '))
  const keyText = newSealingKeyText()
  const port = await freePort()
  const logger = pino({ level: process.env['TARTAN_LOG_LEVEL'] ?? 'silent' })
  const parts = {
    databaseUrl: database.url,
    sealingKey: sealingKey(keyText),
    definitions: own,
    postSync,
    logger,
    retryPolicy: quick,
  }
  const stops: (() => Promise<void>)[] = []
  const run = (service: { run(signal: AbortSignal): Promise<void> }) => {
    const controller = new AbortController()
    const done = service.run(controller.signal)
    let stopped: Promise<void> | undefined
    const stop = () => (stopped ??= (controller.abort(), done))
    stops.push(stop)
    return stop
  }
  const server = await createEngineServer({
    ...parts,
    host: '127.0.0.1',
    port,
    runFolder: join(folder, 'run-server'),
  })
  const listening = new Promise((resolve) => server.app.server.once('listening', resolve))
  run(server.service)
  await listening
  const client = await createApplication(pool, 'test')
  const url = `http://127.0.0.1:${port}`
  const token = await tokenOf(url, client)
  const authorization = `Bearer ${token}`
  const told = await fetch(`${url}/openapi.json`, { headers: { authorization } })
  const document = new Document((await told.json()) as OpenApi)
  const request = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const { status, headers } = response
    const type = headers.get('content-type') ?? ''
    document.judge({ method, path, status, type, text })
    return {
      status,
      body: type.includes('json') && text !== '' ? JSON.parse(text) : text,
      headers,
    }
  }
  const call = (method: string, path: string, body?: unknown) =>
    request(method, path.startsWith('//') ? path.slice(1) : `/api/public/v1${path}`, body)
  const engine: Engine = {
    url,
    pool,
    databaseUrl: database.url,
    folder,
    keyText,
    client,
    document,
    call,
    config: (path, body) => request('POST', `/api/v1${path}`, body),
    startWorker: async (jobsMax = 2) =>
      run(await createWorker({ ...parts, runFolder: join(folder, 'run'), jobsMax })),
    connect: (source, destination, connection) =>
      connect(engine, { source, destination, connection }),
    sync: async (connectionId) => {
      const answer = await call('POST', '/jobs', { connectionId, jobType: 'sync' })
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
      return answer.body.jobId
    },
    until: async (jobId, statuses = ['succeeded', 'failed', 'cancelled']) => {
      for (;;) {
        const { body } = await call('GET', `/jobs/${jobId}`)
        if (statuses.includes(body.status)) return body
        await systemClock.sleep(50)
      }
    },
    written: async () => {
      const text = await readFile(join(folder, 'written.jsonl'), 'utf8').catch(() => '')
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(stops.map((stop) => stop()))
      await database[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return engine
}

async function connect(
  engine: Engine,
  more: {
    source: object | undefined
    destination: object | undefined
    connection: object | undefined
  },
): Promise<string> {
  const { data } = (await engine.call('GET', '/workspaces')).body
  const workspaceId = data[0].workspaceId
  const source = await engine.call('POST', '/sources', {
    name: 'source',
    workspaceId,
    definitionId: sourceDefinitionId,
    configuration: { api_key: sourceKey, ...more.source },
  })
  const destination = await engine.call('POST', '/destinations', {
    name: 'destination',
    workspaceId,
    definitionId: destinationDefinitionId,
    configuration: {
      password: destinationPassword,
      file: join(engine.folder, 'written.jsonl'),
      ...more.destination,
    },
  })
  const connection = await engine.call('POST', '/connections', {
    sourceId: source.body.sourceId,
    destinationId: destination.body.destinationId,
    configurations: { streams: [{ name: 'numbers', syncMode: 'incremental_deduped_history' }] },
    ...more.connection,
  })
  if (connection.status !== 200) {
    throw new Error(JSON.stringify([source.body, destination.body, connection.body]))
  }
  return connection.body.connectionId
}

export async function tokenOf(
  url: string,
  client: { clientId: string; clientSecret: Secret },
): Promise<string> {
  const response = await fetch(`${url}/v1/applications/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_id: client.clientId,
      client_secret: client.clientSecret.reveal(),
    }),
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  return token
}
