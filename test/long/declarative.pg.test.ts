// The manifest as an Airbyte runs it, by airbyte-cdk's own source-declarative-manifest over a real
// plaid-api: record for record it gives what our own source gives.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalog } from '../../src/catalog/catalog.ts'
import { airbyteStream } from '../../src/catalog/stream.ts'
import { pullItem } from '../../src/plaid-api/ingest/pull.ts'
import { exec, sql } from '../../src/postgres/query.ts'
import type { AirbyteMessage, StateMessage } from '../../src/protocol/message.ts'
import { spec } from '../../src/source-plaid/config.ts'
import { runConnector } from '../support/connector.ts'
import { testDatabase } from '../support/database.ts'
import { serve } from '../support/http.ts'
import { type BankItem, ModelBank } from '../support/model-bank.ts'
import { link, type TestApi, testPlaidApi } from '../support/plaid-api.ts'
import { pythonFolder, runPython } from '../support/python.ts'

const here = import.meta.dirname
const manifest = resolve(here, '../../airbyte/source-plaid.yaml')
const python = await pythonFolder(resolve(here, '../support/python/airbyte.txt'))
const never = new AbortController().signal
/** More than two pages. */
const rowsMade = 2_500
/** Its start takes seconds of processor, which others have too. */
const slow = { timeout: 5 * 60_000 }

describe.runIf(python !== undefined)('source-declarative-manifest', slow, () => {
  const cleanup = new AsyncDisposableStack()
  let api: TestApi
  let item: BankItem
  let config: { base_url: string; api_key: string }
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tartan manifest '))
    cleanup.defer(() => rm(folder, { recursive: true }))
    const db = cleanup.use(await testDatabase())
    const bank = cleanup.use(await ModelBank.start())
    api = cleanup.use(await testPlaidApi(db, bank))
    const { port, key } = await serve(api)
    config = { base_url: `http://127.0.0.1:${port}/`, api_key: key }
    item = bank.item('a')
    await link(api, item)
    for (let n = 1; n <= rowsMade; n++) put(n)
    await pull()
  })

  afterAll(() => cleanup.disposeAsync())

  function put(n: number, amount = n + 0.01): void {
    const account_id = item.accounts[0] ?? ''
    item.put({ transaction_id: `t${n}`, account_id, amount, name: `n${n}`, pending: false })
  }

  async function pull(): Promise<void> {
    await pullItem(api.context, item.itemId, 'incremental', never)
  }

  async function declarative(verb: string, inputs: Record<string, unknown>) {
    const args = ['--manifest-path', manifest]
    for (const [name, value] of Object.entries(inputs)) {
      const path = join(folder, `${name}.json`)
      await writeFile(path, JSON.stringify(value))
      args.push(`--${name}`, path)
    }
    const program = join(python ?? '', 'source-declarative-manifest')
    const { code, output } = await runPython(python ?? '', [program, verb, ...args], {
      cwd: folder,
    })
    return { code, output, messages: messagesOf(output) }
  }

  const streams = catalog.map((stream) => ({
    stream: airbyteStream(stream),
    sync_mode: 'incremental',
    destination_sync_mode: 'append_dedup',
  }))

  async function read(state?: StateMessage[]) {
    const inputs = { config, catalog: { streams }, ...(state ? { state } : {}) }
    const { code, output, messages } = await declarative('read', inputs)
    expect(code, output).toBe(0)
    return { records: recordsOf(messages), states: statesOf(messages) }
  }

  async function ours(state?: StateMessage[], sync_mode = 'incremental') {
    const wished = { streams: streams.map((stream) => ({ ...stream, sync_mode })) }
    const inputs = { config, catalog: wished, ...(state ? { state } : {}) }
    const { messages, states } = await runConnector('source-plaid', 'read', inputs)
    return { records: recordsOf(messages), states }
  }

  test('its spec is that of our source, but for a CA of one’s own', async () => {
    const { connectionSpecification: specification } = spec
    const { ca_certificate: _ca, ...properties } = specification['properties'] as Record<
      string,
      unknown
    >
    const program = resolve(here, '../support/python/manifest_spec.py')
    const { output } = await runPython(python ?? '', [program, manifest], { cwd: folder })
    const said = messagesOf(output).find(({ type }) => type === 'SPEC')
    expect(said).toMatchObject({
      spec: { connectionSpecification: { ...specification, properties } },
    })
  })

  test('check and discover say what our source says', async () => {
    const { messages } = await declarative('check', { config })
    const statuses = messages.filter(({ type }) => type === 'CONNECTION_STATUS')
    expect(statuses).toEqual([
      { type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } },
    ])
    const discovered = await declarative('discover', { config })
    const said = discovered.messages.find(({ type }) => type === 'CATALOG')
    const offered = (said as { catalog: { streams: object[] } }).catalog.streams
    for (const [at, { stream }] of streams.entries()) {
      const { is_resumable: _, ...told } = stream
      expect(offered[at]).toMatchObject(told)
    }
  })

  test('a wrong key is said in a sentence', async () => {
    const wrong = { ...config, api_key: 'tartan_not_a_key' }
    const { messages, output } = await declarative('check', { config: wrong })
    const said = messages.find(({ type }) => type === 'CONNECTION_STATUS')
    expect(said).toMatchObject({
      connectionStatus: {
        status: 'FAILED',
        message: expect.stringContaining('put a valid one into api_key') as string,
      },
    })
    expect(output).not.toContain('not_a_key')
  })

  test('reads what our source reads, resumes where it was, deletions included', async () => {
    const [first, ourFirst] = [await read(), await ours()]
    expect(first.records['transactions']).toHaveLength(rowsMade)
    expect(first.records).toEqual(ourFirst.records)

    put(2, 20)
    item.remove('t1')
    put(rowsMade + 1)
    await pull()
    const [second, ourSecond] = [await read(first.states), await ours(ourFirst.states)]
    expect(second.records['transactions']).toHaveLength(3)
    expect(second.records).toEqual(ourSecond.records)
    const gone = second.records['transactions']?.find((it) => it['transaction_id'] === 't1')
    expect(gone?.['_ab_cdc_deleted_at']).toMatch(/^\d{4}-/)

    const third = await read(second.states)
    expect(third).toEqual({ records: {}, states: second.states.map(unmoved) })

    // From the beginning comes what is living, as by a full refresh of ours.
    const [again, living] = [await read(), await ours(undefined, 'full_refresh')]
    expect(again.records).toEqual(living.records)
    expect(again.records['transactions']).toHaveLength(rowsMade)
  })

  test('of deletions that are not kept any more the stream says what to do', async () => {
    const { states } = await read()
    await exec(
      api.context.pool,
      sql`update plaid.feed_clock set pruned_before = (select max(updated_at) + interval '1 us'
                                                       from plaid.transaction)`,
    )
    const inputs = { config, catalog: { streams }, state: states }
    const { code, messages } = await declarative('read', inputs)
    expect(code).not.toBe(0)
    const errors = messages.flatMap((it) => (it.type === 'TRACE' ? [it.trace.error ?? []] : []))
    expect(errors.flat()).toContainEqual(
      expect.objectContaining({
        failure_type: 'config_error',
        message: expect.stringContaining('refresh this stream') as string,
        stream_descriptor: expect.objectContaining({ name: 'transactions' }) as object,
      }),
    )
    // A first reading needs no deletions.
    expect((await read()).records['transactions']).not.toHaveLength(0)
  })
})

function messagesOf(output: string): AirbyteMessage[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{"type":'))
  return lines.map((line) => JSON.parse(line) as AirbyteMessage)
}

function recordsOf(messages: AirbyteMessage[]): Record<string, Record<string, unknown>[]> {
  const records: Record<string, Record<string, unknown>[]> = {}
  for (const message of messages) {
    if (message.type !== 'RECORD') continue
    const { stream, data } = message.record
    // airbyte-cdk leaves out what is null, of every source: absent is null to a destination.
    const told = Object.entries(data).filter((it) => it[1] !== null)
    ;(records[stream] ??= []).push(Object.fromEntries(told))
  }
  return records
}

/** As a platform keeps them: the last of each stream. */
function statesOf(messages: AirbyteMessage[]): StateMessage[] {
  const last = new Map<string, StateMessage>()
  for (const message of messages) {
    if (message.type !== 'STATE') continue
    last.set(message.state.stream?.stream_descriptor.name ?? '', message.state)
  }
  return [...last.values()]
}

function unmoved({ type, stream }: StateMessage): object {
  return expect.objectContaining({ type, stream }) as object
}
