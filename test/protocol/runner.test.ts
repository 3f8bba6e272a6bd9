// A connector as a program, whatever it connects: its commands, its failures, its output.
import { PassThrough, Writable } from 'node:stream'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wrapRecords } from '../../src/protocol/codec.ts'
import type { AirbyteMessage } from '../../src/protocol/message.ts'
import { type Connector, runConnector } from '../../src/protocol/runner.ts'
import { ConfigError, TransientError } from '../../src/std/errors.ts'
import { mayRound, parseExact } from '../../src/std/exact-json.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tartan runner '))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const connector: Connector<string> = {
  spec: { connectionSpecification: {} },
  configure: (raw) => {
    const { mode } = raw as { mode: string }
    if (mode === 'wrong') throw new ConfigError('MODE', 'mode must not be wrong')
    return mode
  },
  check: (mode) =>
    mode === 'down'
      ? Promise.reject(new TransientError('DOWN', 'it is down'))
      : mode === 'bug'
        ? Promise.reject(new Error('a bug'))
        : Promise.resolve(),
  read: async (mode, catalog, states, context) => {
    if (mode === 'echo') await context.log('INFO', JSON.stringify({ catalog, states }))
    if (mode === 'partly') {
      await context.fail({
        error: new ConfigError('X', 'x'),
        stream: { name: 's' },
        stateExpired: true,
      })
    }
    if (mode === 'down') throw new TransientError('DOWN', 'it is down')
  },
}

async function run(...argv: string[]): Promise<{ code: number; messages: AirbyteMessage[] }> {
  const stdout = new PassThrough()
  const code = await runConnector(connector, argv, { stdin: new PassThrough(), stdout })
  const text = String(stdout.read() ?? '')
  const lines = text.split('\n').filter((line) => line !== '')
  return { code, messages: lines.map((line) => JSON.parse(line) as AirbyteMessage) }
}

async function withMode(verb: string, mode: string, ...more: string[]) {
  return run(verb, '--config', await file('config', JSON.stringify({ mode })), ...more)
}

describe('commands', () => {
  test('spec needs nothing', async () => {
    expect(await run('spec')).toEqual({
      code: 0,
      messages: [{ type: 'SPEC', spec: connector.spec }],
    })
  })

  test.each([
    ['ok', 'SUCCEEDED', undefined],
    ['wrong', 'FAILED', 'mode must not be wrong'],
    ['down', 'FAILED', 'it is down'],
  ])('check of %s answers %s, exit 0', async (mode, status, message) => {
    const result = await withMode('check', mode)
    expect(result.code).toBe(0)
    expect(result.messages).toMatchObject([
      { type: 'CONNECTION_STATUS', connectionStatus: { status, ...(message ? { message } : {}) } },
    ])
  })

  test('our own fault in a check is a trace with its place', async () => {
    const { code, messages } = await withMode('check', 'bug')
    expect(code).toBe(1)
    expect(messages).toMatchObject([
      {
        trace: {
          error: {
            failure_type: 'system_error',
            stack_trace: expect.stringContaining('a bug') as string,
          },
        },
      },
    ])
  })

  test('a failure is one trace that says who must act, and an exit code', async () => {
    const catalog = await file('catalog', '{"streams":[]}')
    const { code, messages } = await withMode('read', 'down', '--catalog', catalog)
    expect(code).toBe(4)
    expect(messages).toMatchObject([
      {
        type: 'TRACE',
        trace: { type: 'ERROR', error: { message: 'it is down', failure_type: 'transient_error' } },
      },
    ])
  })

  test('a failure that did not end the run still sets the exit code', async () => {
    const catalog = await file('catalog', '{"streams":[]}')
    const { code, messages } = await withMode('read', 'partly', '--catalog', catalog)
    expect(code).toBe(3)
    expect(messages).toMatchObject([
      { trace: { error: { stream_descriptor: { name: 's' }, state_expired: true } } },
    ])
  })

  test.each([
    [['read'], 2],
    [['check'], 2],
    [['dance'], 2],
    [['write', '--config', 'nowhere'], 3],
    [['check', '--unknown', 'x'], 2],
  ])('%j is refused with exit %i and a sentence', async (argv, code) => {
    const result = await run(...argv)
    expect(result.code).toBe(code)
    expect(result.messages).toMatchObject([{ trace: { error: { failure_type: 'config_error' } } }])
  })

  test('a damaged file is not quoted: it may hold a secret (L5)', async () => {
    const path = await file('damaged', '{"api_key": "hush", ')
    const { code, messages } = await run('check', '--config', path)
    expect(code).toBe(3)
    expect(JSON.stringify(messages)).not.toContain('hush')
  })
})

test('a reader that went away ends the run', async () => {
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
  const io = { stdin: new PassThrough(), stdout }
  const talker: Connector<string> = {
    ...connector,
    read: async (_mode, _catalog, _states, context) => {
      for (;;) {
        await context.log('INFO', 'x'.repeat(100_000))
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
  const config = await file('config', '{"mode":"ok"}')
  const catalog = await file('catalog', '{"streams":[]}')
  const argv = ['read', '--config', config, '--catalog', catalog]
  expect(await runConnector(talker, argv, io)).not.toBe(0)
})

describe('inputs', () => {
  const stream = { name: 's', json_schema: {}, supported_sync_modes: [] }

  async function echo(state: unknown, catalog: unknown = { streams: [] }): Promise<unknown> {
    const files = [
      '--catalog',
      await file('catalog', JSON.stringify(catalog)),
      '--state',
      await file('state', JSON.stringify(state)),
    ]
    const { messages } = await withMode('read', 'echo', ...files)
    const [message] = messages
    if (message?.type !== 'LOG') return message
    return JSON.parse(message.log.message) as unknown
  }

  test('states of every age are understood', async () => {
    const one = { type: 'STREAM', stream: { stream_descriptor: { name: 's' } } }
    expect(await echo([one])).toMatchObject({ states: [one] })
    expect(await echo(one)).toMatchObject({ states: [one] })
    expect(await echo({})).toMatchObject({ states: [] })
    expect(await echo(null)).toMatchObject({ states: [] })
    const legacy = [{ type: 'LEGACY', data: { cursor: 1 } }]
    expect(await echo({ cursor: 1 })).toMatchObject({ states: legacy })
  })

  test('a catalog reaches the connector as it is: no generations are not generation 0', async () => {
    expect(await echo([], { streams: [{ stream }] })).toEqual({
      catalog: { streams: [{ stream }] },
      states: [],
    })
  })

  test.each([{}, { stream: { name: 5 } }, { stream: { ...stream, namespace: 5 } }])(
    'what is no stream of a catalog is said: %j',
    async (broken) => {
      const message = 'the catalog must be {"streams": [{"stream": …}, …]}'
      expect(await echo([], { streams: [broken] })).toMatchObject({ trace: { error: { message } } })
    },
  )
})

test.each([1, 5, 1_000])('rows become records untouched, in chunks of %d bytes', (bytes) => {
  const rows = Buffer.from('{"a" : 1}\n{"b":"é"}\n')
  const chunks = []
  for (let at = 0; at < rows.length; at += bytes) chunks.push(rows.subarray(at, at + bytes))
  const records = wrapRecords(chunks, { name: 'n"', namespace: 'x' }, 5)
  const written: Buffer[] = []
  let next = records.next()
  for (; !next.done; next = records.next()) written.push(next.value)
  const start = '{"type":"RECORD","record":{"stream":"n\\"","namespace":"x","emitted_at":5,"data":'
  expect(Buffer.concat(written).toString()).toBe(`${start}{"a" : 1}}}\n${start}{"b":"é"}}}\n`)
  expect(next.value).toBe(2)
})

describe('numbers', () => {
  test.each([
    ['{"a":12345678901234567890}', true],
    ['[0.12345678901234567890]', true],
    ['{"a": -12345678901234567.5}', true],
    ['{"a":1700000000000000,"b":9007199254740991}', false],
    ['{"a":"12345678901234567890"}', false],
    ['{"a":0.30000000000000004}', false],
    ['{"at":"2026-01-02T03:04:05.123456Z","n":12.34}', false],
    ['', false],
  ])('whether a double would round one in %s: %s', (text, rounds) => {
    expect(mayRound(text)).toBe(rounds)
  })

  test('wherever a long one stands it is seen, and comes back to the digit', () => {
    for (let pad = 0; pad < 40; pad++) {
      const text = `{"p":"${'x'.repeat(pad)}","n":1234567890123456.7}`
      expect(mayRound(text)).toBe(true)
      expect(JSON.stringify(parseExact(text))).toBe(text)
    }
  })
})
