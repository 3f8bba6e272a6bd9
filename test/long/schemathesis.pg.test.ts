// plaid-api and the engine, asked by schemathesis what their own OpenAPI documents allow and
// forbid: 10,000 requests and more, no 5xx, no status and no body that the document does not tell.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { products } from '../../src/catalog/stream.ts'
import { registerApiKey } from '../../src/plaid-api/auth.ts'
import { insertKey } from '../../src/plaid-api/store/key.ts'
import { readTaxonomy } from '../../src/plaid-api/ingest/taxonomy.ts'
import { hashToken, Secret } from '../../src/std/secrets.ts'
import { type Engine, startEngine, tokenOf } from '../support/engine.ts'
import { GINGHAM, LinkedWorld } from '../support/linked-world.ts'
import { type Asking, askAtRandom, schemathesisFolder } from '../support/schemathesis.ts'

const python = await schemathesisFolder()
const never = new AbortController().signal
const slow = { timeout: 10 * 60_000 }
/** Followed, they do not end. */
const endless = 'events$'
/** Times that no drawing meets: the ends of what each of the languages here has. */
const times = [
  '2026-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59.999999-14:00',
  '0000-01-01',
  '-271821-04-20T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '8640000000000000',
]

async function finds(asking: Asking): Promise<string> {
  const { code, output } = await askAtRandom(python ?? '', asking)
  expect(code, output).toBe(0)
  return output
}

describe.runIf(python !== undefined)('plaid-api', slow, () => {
  const banks = [GINGHAM, 'ins_109508', 'ins_109510']
  let world: LinkedWorld
  let known: Record<string, string[]>
  let asked = 0

  beforeAll(async () => {
    world = await LinkedWorld.make({ products: [...products] })
    const { pool } = world.api.context
    await registerApiKey(pool, 'own', new Secret('own-key'), { own: true })
    const rights = { scope: 'read', days: null, perMinuteMax: null } as const
    await insertKey(pool, { hash: hashToken('a-reader'), name: 'a', own: false, ...rights })
    const items = []
    for (const bank of banks) items.push(await world.sandbox(bank))
    await world.sync()
    await world.webhook(items[0] ?? '')
    await readTaxonomy(world.api.context, never)
    known = {
      ...(await idsOf(items)),
      'path.institution_id': banks,
      'query.since': times,
      'query.updated_since': times,
    }
    world.api.app.server.on('request', () => asked++)
  })

  afterAll(() => world[Symbol.asyncDispose]())

  async function idsOf(items: string[]): Promise<Record<string, string[]>> {
    const { call } = world.caller
    const { transactions } = (await call<Rows>('/transactions?limit=5&order=asc')).body
    const accounts = transactions.map(({ account_id: id }) => id)
    const feed = await call('/transactions/incremental?limit=5')
    const cursors = [
      feed.body['next_cursor'],
      (await call<Rows>('/transactions?limit=5')).body.next_cursor,
    ]
    return {
      'path.item_id': items,
      'query.item_id': items,
      'path.account_id': accounts,
      'query.account_id': accounts,
      'path.transaction_id': transactions.map(({ transaction_id: id }) => id),
      'query.cursor': cursors.map(String),
    }
  }

  function asking(key: string, phases: Asking['phases'], more: Partial<Asking>): Asking {
    const headers = { authorization: `Bearer ${key}`, ...more.headers }
    const url = `http://127.0.0.1:${world.caller.port}`
    return { url, known, phases, exclude: endless, ...more, headers }
  }

  test('answers every read as its document says, in JSON and in lines', async () => {
    const { key } = world.caller
    const lines = { accept: 'application/x-ndjson' }
    const covered = async () => {
      await finds(asking(key, { coverage: true }, { methods: 'GET' }))
      await finds(asking(key, { coverage: true }, { methods: 'GET', headers: lines }))
      await finds(asking('a-reader', { coverage: true }, { methods: 'others' }))
    }
    await Promise.all([covered(), finds(asking(key, { fuzzing: 60 }, { methods: 'GET' }))])
  })

  test('answers every change as its document says, and ends what is there', async () => {
    await finds(asking('own-key', { coverage: true, fuzzing: 50 }, { methods: 'others' }))
    expect(asked).toBeGreaterThan(10_000)
  })
})

interface Rows {
  transactions: { transaction_id: string; account_id: string }[]
  next_cursor: string | null
}

describe.runIf(python !== undefined)('the engine', slow, () => {
  let engine: Engine
  let known: Record<string, string[]>

  beforeAll(async () => {
    engine = await startEngine()
    const connectionId = await engine.connect({ rows: 3, things: true })
    const jobId = await engine.sync(connectionId)
    const stop = await engine.startWorker()
    await engine.until(jobId)
    await stop()
    const { sourceId, destinationId } = (await engine.call('GET', `/connections/${connectionId}`))
      .body
    known = {
      'path.connectionId': [connectionId],
      'path.sourceId': [sourceId],
      'path.destinationId': [destinationId],
      'path.jobId': [String(jobId)],
      'query.createdAtStart': times,
      'query.updatedAtEnd': times,
      'body.createdAtStart': times,
    }
  })

  afterAll(() => engine[Symbol.asyncDispose]())

  test('answers as its document says', async () => {
    const authorization = `Bearer ${await tokenOf(engine.url, engine.client)}`
    const of = { url: engine.url, headers: { authorization } }
    // These run a connector, half a second each: ids of nobody are enough.
    const runs = '(check_connection|check_connection_for_update|discover_schema)$'
    const phases = { coverage: true, fuzzing: 10 }
    const own = async () => {
      await finds({ ...of, known, phases, include: '^/api/v1', exclude: `${endless}|${runs}` })
      await finds({ ...of, phases: { coverage: true }, include: runs })
    }
    // What is below /v1 is the public API once more.
    await Promise.all([own(), finds({ ...of, known, phases, exclude: '^/(api/)?v1/' })])
  })
})
