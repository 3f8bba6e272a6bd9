// The source over a real plaid-api: what its records and states promise to a destination.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { airbyteStream } from '../../src/catalog/stream.ts'
import { accounts } from '../../src/catalog/accounts.ts'
import { catalog } from '../../src/catalog/catalog.ts'
import { transactions } from '../../src/catalog/transactions.ts'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { exec, sql } from '../../src/postgres/query.ts'
import { type ConnectorResult, runConnector } from '../support/connector.ts'
import { testDatabase } from '../support/database.ts'
import { serve } from '../support/http.ts'
import { type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, type TestApi, testPlaidApi } from '../support/plaid-api.ts'

const never = new AbortController().signal
const cleanup = new AsyncDisposableStack()
let api: TestApi
let item: BankItem
let config: { base_url: string; api_key: string }

beforeAll(async () => {
  const db = cleanup.use(await testDatabase())
  const bank = cleanup.use(await ModelBank.start())
  api = cleanup.use(await testPlaidApi(db, bank))
  const { port, key } = await serve(api)
  config = { base_url: `http://127.0.0.1:${port}/`, api_key: key }
  item = bank.item('a')
  await link(api, item)
  for (const n of [1, 2, 3]) put(n)
  await pull()
})

afterAll(() => cleanup.disposeAsync())

function put(n: number, amount = n): void {
  const account_id = item.accounts[0] ?? ''
  item.put({ transaction_id: `t${n}`, account_id, amount, name: `n${n}`, pending: false })
}

async function pull(): Promise<void> {
  await pullItem(api.context, item.itemId, 'incremental', never)
}

function read(syncMode: 'incremental' | 'full_refresh', state?: unknown): Promise<ConnectorResult> {
  const streams = [accounts, transactions].map((stream) => ({
    stream: airbyteStream(stream),
    sync_mode: stream === accounts ? 'full_refresh' : syncMode,
    destination_sync_mode: 'append_dedup',
  }))
  const inputs = { config, catalog: { streams }, ...(state === undefined ? {} : { state }) }
  return runConnector('source-plaid', 'read', inputs)
}

interface Data {
  transaction_id: string
  amount: number
  _ab_cdc_deleted_at: string | null
}

function rows(result: ConnectorResult): Data[] {
  return result.messages.flatMap((message) =>
    message.type === 'RECORD' && message.record.stream === 'transactions'
      ? [message.record.data as unknown as Data]
      : [],
  )
}

function statuses(result: ConnectorResult): string[] {
  return result.messages.flatMap((message) => {
    if (message.type !== 'TRACE' || !message.trace.stream_status) return []
    const { stream_descriptor, status } = message.trace.stream_status
    return [`${stream_descriptor.name} ${status}`]
  })
}

describe('reading', () => {
  test('transactions come first, then accounts, each with its statuses and a state', async () => {
    const result = await read('incremental')
    expect(result).toMatchObject({ code: 0, errors: [], stderr: '' })
    expect(statuses(result)).toEqual([
      'transactions STARTED',
      'transactions RUNNING',
      'transactions COMPLETE',
      'accounts STARTED',
      'accounts RUNNING',
      'accounts COMPLETE',
    ])
    const stream_state = {
      epoch: expect.any(String) as string,
      updated_at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/) as string,
    }
    const last = (name: string) =>
      result.states.findLast(({ stream }) => stream?.stream_descriptor.name === name)
    expect(last('transactions')).toMatchObject({ type: 'STREAM', stream: { stream_state } })
    expect(last('accounts')).toMatchObject({
      stream: { stream_state },
      sourceStats: { recordCount: 1 },
    })
    expect(rows(result).map((row) => row.transaction_id)).toEqual(['t1', 't2', 't3'])
    const read3 = result.states.map(({ sourceStats }) => sourceStats?.recordCount ?? 0)
    expect(read3.reduce((sum, n) => sum + n, 0)).toBe(4)
  })

  test('from a state come the changes since, deletions too; then nothing', async () => {
    const first = await read('incremental')
    put(2, 20)
    item.remove('t1')
    put(4)
    await pull()
    const second = await read('incremental', first.states)
    expect(rows(second)).toHaveLength(3)
    const change = (id: string) => rows(second).find((row) => row.transaction_id === id)
    expect(change('t1')?._ab_cdc_deleted_at).toMatch(/^\d{4}-/)
    expect(change('t2')?.amount).toBe(20)
    expect(change('t4')?._ab_cdc_deleted_at).toBeNull()

    const third = await read('incremental', second.states)
    expect(rows(third)).toEqual([])
    expect(third.states[0]?.stream).toEqual(
      second.states.find(({ stream }) => stream?.stream_descriptor.name === 'transactions')?.stream,
    )
    expect(third.states[0]?.sourceStats).toEqual({ recordCount: 0 })
  })

  test('a state is found in whichever way a platform keeps it, and in no other', async () => {
    const { states } = await read('incremental')
    const of = states.filter(({ stream }) => stream?.stream_descriptor.name === 'transactions')
    // No two in a row say the same although records came between them.
    const positions = of.map(({ stream }) => stream?.stream_state?.['updated_at'])
    for (const [at, { sourceStats }] of of.entries()) {
      if (at > 0 && sourceStats?.recordCount) expect(positions[at]).not.toBe(positions[at - 1])
    }
    const { stream_state } = of.at(-1)?.stream ?? {}
    const stream_descriptor = { name: 'transactions', namespace: null }
    const stream_states = [{ stream_descriptor, stream_state }]
    for (const kept of [
      [{ type: 'STREAM', stream: { stream_descriptor, stream_state }, global: null }],
      { type: 'GLOBAL', global: { shared_state: null, stream_states }, stream: null },
      { transactions: stream_state },
      [{ type: 'LEGACY', data: { transactions: stream_state } }],
      [...of],
    ]) {
      expect(rows(await read('incremental', kept)), JSON.stringify(kept)).toEqual([])
    }
    const all = rows(await read('incremental')).length
    for (const none of [[], {}, [{ type: 'STREAM', stream: {} }], { transactions: 7 }, [null]]) {
      expect(rows(await read('incremental', none)), JSON.stringify(none)).toHaveLength(all)
    }
  })

  test('a full refresh is what is living now', async () => {
    const result = await read('full_refresh', (await read('incremental')).states)
    const living = [...item.living.keys()].toSorted()
    expect(
      rows(result)
        .map((row) => row.transaction_id)
        .toSorted(),
    ).toEqual(living)
  })

  test('of a store that was rebuilt the state has expired; accounts are read all the same', async () => {
    const { states } = await read('incremental')
    await exec(api.context.pool, sql`update plaid.feed_clock set epoch = gen_random_uuid()`)
    const result = await read('incremental', states)
    expect(result.code).not.toBe(0)
    expect(result.errors).toMatchObject([
      {
        failure_type: 'config_error',
        state_expired: true,
        stream_descriptor: { name: 'transactions' },
      },
    ])
    expect(statuses(result)).toEqual([
      'transactions STARTED',
      'transactions INCOMPLETE',
      'accounts STARTED',
      'accounts RUNNING',
      'accounts COMPLETE',
    ])
  })
})

test('check succeeds with the key and says what to do without', async () => {
  const good = await runConnector('source-plaid', 'check', { config })
  expect(good.messages).toEqual([
    { type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } },
  ])
  const wrong = { ...config, api_key: 'tartan_not_a_key' }
  const bad = await runConnector('source-plaid', 'check', { config: wrong })
  expect(bad.code).toBe(0)
  expect(bad.messages).toEqual([
    {
      type: 'CONNECTION_STATUS',
      connectionStatus: {
        status: 'FAILED',
        message: expect.stringContaining('put a valid one into api_key') as string,
      },
    },
  ])
  expect(JSON.stringify(bad)).not.toContain('not_a_key')
})

test('discover gives the catalog’s streams', async () => {
  const { messages } = await runConnector('source-plaid', 'discover', { config })
  const streams = catalog.map(({ name }) => ({ name }))
  expect(messages).toMatchObject([{ type: 'CATALOG', catalog: { streams } }])
})
