// A store that lost commits (a backup that was restored, a failover) says so to whoever was given
// what it lost, and to nobody else: restarts, of the service or of its database, change nothing.
import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { embeddedPostgres } from '../../src/postgres/embedded.ts'
import { createPool } from '../../src/postgres/pool.ts'
import { ensureDatabase } from '../../src/postgres/provision.ts'
import { many, one, sql } from '../../src/postgres/query.ts'
import { Secret } from '../../src/std/secrets.ts'
import { testDatabase } from '../support/database.ts'
import { type Caller, serve } from '../support/http.ts'
import { type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, type TestApi, testPlaidApi } from '../support/plaid-api.ts'
import { startServer, type TestServer } from '../support/postgres.ts'

const never = new AbortController().signal
const MINUTE_MS = 60_000

interface Page {
  epoch: string
  head: string
  position: string
  next_cursor: string
  transactions: { transaction_id: string }[]
}

function put(item: BankItem, n: number): void {
  const row = { account_id: 'account-a', amount: n, name: `n${n}`, pending: false }
  item.put({ transaction_id: `t${n}`, ...row })
}

/** As a source does: by its cursor, and by its state. */
async function answers(caller: Caller, reader: Page): Promise<(number | string)[]> {
  const since = `updated_since=${reader.position}&epoch=${reader.epoch}`
  const all = []
  for (const query of [`cursor=${reader.next_cursor}`, since]) {
    const answer = await caller.call<{ error?: { code: string } }>(
      `/transactions/incremental?${query}`,
    )
    all.push(answer.body.error?.code ?? answer.status)
  }
  return all
}

async function readAll(caller: Caller): Promise<Page> {
  const { body } = await caller.call<Page>('/transactions/incremental?limit=5000')
  return body
}

/** A server of its own, whose files a test puts back; the service's role is an ordinary one. */
class Backed implements AsyncDisposable {
  readonly #folder: string
  readonly #data: string
  readonly bank: ModelBank
  readonly item: BankItem
  #server: TestServer | undefined
  #apis: TestApi[] = []

  private constructor(folder: string, data: string, bank: ModelBank) {
    this.#folder = folder
    this.#data = data
    this.bank = bank
    this.item = bank.item('a')
  }

  static async make(): Promise<Backed> {
    const folder = await mkdtemp(join(tmpdir(), 'tartan epoch '))
    const { dataFolder } = await embeddedPostgres(folder)
    return new Backed(folder, dataFolder, await ModelBank.start())
  }

  async start(settings: Record<string, string> = {}): Promise<void> {
    const small = { shared_buffers: '32MB', wal_buffers: '4MB' }
    this.#server = await startServer(this.#folder, { settings: { ...small, ...settings } })
  }

  async stop(): Promise<void> {
    for (const api of this.#apis.splice(0)) await api[Symbol.asyncDispose]()
    await this.#server?.stop()
  }

  async admin<T>(work: (pool: ReturnType<typeof createPool>) => Promise<T>): Promise<T> {
    const pool = createPool(this.#url('postgres'), { name: 'test', connectionsMax: 1 })
    try {
      return await work(pool)
    } finally {
      await pool.end()
    }
  }

  #url(database: string, role?: string): Secret {
    const url = new URL(this.#server?.url.reveal() ?? '')
    if (role !== undefined) Object.assign(url, { username: role, password: 'ordinary' })
    url.pathname = database
    return new Secret(url.href)
  }

  async api(database = 'store'): Promise<{ api: TestApi; caller: Caller }> {
    await this.admin((pool) => ensureDatabase(pool, 'store', new Secret('ordinary')))
    const db = { url: this.#url(database, 'store') }
    const api = await testPlaidApi(db, this.bank)
    this.#apis.push(api)
    return { api, caller: await serve(api) }
  }

  async pull(api: TestApi): Promise<void> {
    await pullItem(api.context, this.item.itemId, 'incremental', never)
  }

  copyFiles(): Promise<unknown> {
    return promisify(execFile)('cp', ['-a', this.#data, `${this.#data}.copy`])
  }

  async putFilesBack(): Promise<void> {
    await rm(this.#data, { recursive: true })
    await promisify(execFile)('mv', [`${this.#data}.copy`, this.#data])
  }

  /** As a restore to a point in time ends: at the end of what there is, on a new timeline. */
  async recover(): Promise<void> {
    await writeFile(join(this.#data, 'recovery.signal'), '')
    await appendFile(join(this.#data, 'postgresql.auto.conf'), "restore_command = 'false'\n")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.bank[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
    await rm(join(this.#data, '..'), { recursive: true, force: true })
  }
}

describe('a server of its own', () => {
  let backed: Backed

  beforeAll(async () => {
    backed = await Backed.make()
    for (let n = 0; n < 5; n++) put(backed.item, n)
    await backed.start()
    const { api } = await backed.api()
    await link(api, backed.item)
    await backed.pull(api)
  }, 2 * MINUTE_MS)

  afterAll(() => backed[Symbol.asyncDispose](), MINUTE_MS)

  test('that is started again, as its service is, goes on with every reader', async () => {
    const { caller } = await backed.api()
    const before = await readAll(caller)
    await backed.stop()
    await backed.start()
    const { api, caller: next } = await backed.api()
    expect(await answers(next, before)).toEqual([200, 200])
    const { caller: second } = await backed.api()
    expect(await readAll(second)).toMatchObject({ epoch: before.epoch })
    put(backed.item, 10)
    await backed.pull(api)
    expect(await answers(second, before)).toEqual([200, 200])
    // A time is no position: it may lie where nothing was ever given.
    const between = new Date(Date.parse(before.head) + 1).toISOString()
    const query = `/transactions/incremental?updated_since=${between}`
    expect((await second.call(query)).status).toBe(200)
  })

  test.each([true, false])(
    'whose files were put back refuses who is ahead of it; published since: %s',
    async (published) => {
      const { caller: early } = await backed.api()
      const old = await readAll(early)
      await backed.stop()
      await backed.copyFiles()
      await backed.start()
      const { api: lost, caller: first } = await backed.api()
      put(backed.item, 100 + Number(published))
      await backed.pull(lost)
      const ahead = await readAll(first)
      expect(ahead.transactions.length).toBe(old.transactions.length + 1)
      await backed.stop()
      await backed.putFilesBack()
      await backed.start()
      const { api, caller } = await backed.api()
      if (published) await backed.pull(api)
      const gone = ['FEED_POSITION_AHEAD', 'FEED_POSITION_AHEAD']
      expect(await answers(caller, ahead)).toEqual(gone)
      expect(await answers(caller, old)).toEqual([200, 200])
      await backed.pull(api)
      expect(await answers(caller, ahead)).toEqual(gone)
      const now = await readAll(caller)
      expect(now.transactions.length).toBe(ahead.transactions.length)
      expect(await answers(caller, now)).toEqual([200, 200])
    },
    2 * MINUTE_MS,
  )

  test('that was recovered to a point in time, or failed over, has another epoch', async () => {
    const { caller: before } = await backed.api()
    const reader = await readAll(before)
    await backed.stop()
    await backed.recover()
    await backed.start()
    await recovered(backed)
    const { caller } = await backed.api()
    const changed = ['FEED_EPOCH_CHANGED', 'FEED_EPOCH_CHANGED']
    expect(await answers(caller, reader)).toEqual(changed)
    const after = await readAll(caller)
    await backed.stop()
    await backed.start()
    const { caller: again } = await backed.api()
    expect(await answers(again, after)).toEqual([200, 200])
  })

  test('whose role may not ask for it is known by its tables and by when it started', async () => {
    await backed.stop() // nobody may be in what is copied
    await backed.start()
    await backed.admin(async (pool) => {
      await pool.query('create database copy template store')
      await pool.query('alter database copy owner to store')
    })
    const copy = createPool(await urlOf(backed, 'copy'), { name: 'test', connectionsMax: 1 })
    await copy.query('revoke execute on function pg_control_system() from public')
    await copy.query('revoke execute on function pg_control_checkpoint() from public')
    await copy.end()
    const { caller: original } = await backed.api()
    const reader = await readAll(original)
    const { caller } = await backed.api('copy')
    expect(await answers(caller, reader)).toEqual(['FEED_EPOCH_CHANGED', 'FEED_EPOCH_CHANGED'])
    const own = await readAll(caller)
    expect(await answers((await backed.api('copy')).caller, own)).toEqual([200, 200])
  })
})

async function urlOf(backed: Backed, database: string): Promise<Secret> {
  return backed.admin(async (pool) => {
    const url = new URL(String(pool.options.connectionString))
    url.pathname = database
    return new Secret(url.href)
  })
}

async function recovered(backed: Backed): Promise<void> {
  await expect
    .poll(() =>
      backed.admin(async (pool) => {
        const [row] = await many<{ on: boolean }>(pool, sql`select pg_is_in_recovery() as on`)
        return row?.on
      }),
    )
    .toBe(false)
}

describe('a position', () => {
  test('ahead of the head is refused on every read, a time only when it is to come', async () => {
    await using db = await testDatabase()
    await using bank = await ModelBank.start()
    await using api = await testPlaidApi(db, bank)
    const caller = await serve(api)
    const item = bank.item('a')
    for (let n = 0; n < 5; n++) put(item, n)
    await link(api, item)
    await pullItem(api.context, item.itemId, 'incremental', never)
    const { head, epoch } = await readAll(caller)
    const { ahead } = await one<{ ahead: string }>(
      api.context.pool,
      sql`select plaid.stamp(at + interval '1 microsecond') as ahead from plaid.feed_clock`,
    )
    const ask = async (query: string) => {
      const path = `/transactions/incremental?${query}`
      const { status, body } = await caller.call<{ error?: { code: string } }>(path)
      return body.error?.code ?? status
    }
    expect(await ask(`updated_since=${head}&epoch=${epoch}`)).toBe(200)
    expect(await ask(`updated_since=${ahead}&epoch=${epoch}`)).toBe('FEED_POSITION_AHEAD')
    expect(await ask(`updated_since=${ahead}`)).toBe(200)
    expect(await ask('updated_since=2999-01-01')).toBe('FEED_POSITION_AHEAD')
    const cursor = { epoch, after: head, head: ahead, pruned: null }
    const forged = Buffer.from(JSON.stringify(cursor)).toString('base64url')
    expect(await ask(`cursor=${forged}`)).toBe('FEED_POSITION_AHEAD')
  })
})
