import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalog } from '../../src/catalog/catalog.ts'
import { apply, type StreamChange } from '../../src/server/airbyte/apply.ts'
import { type Airbyte, apiUrls } from '../../src/server/airbyte/client.ts'
import { readConnection } from '../../src/server/airbyte/connection-file.ts'
import { differences } from '../../src/server/airbyte/difference.ts'
import { plaidSourceId, postgresDestinationId } from '../../src/server/definitions.ts'
import { desiredState, postgresConfiguration } from '../../src/server/airbyte/desired.ts'
import {
  jobFailure,
  type JobInfo,
  lossOf,
  refreshNotes,
  streamTotals,
} from '../../src/server/airbyte/job.ts'
import { streamText } from '../../src/cli/commands/setup.ts'
import { Secret } from '../../src/std/secrets.ts'

describe('what is there against what is wished', () => {
  const paths = (actual: unknown, wished: unknown) =>
    differences(actual, wished).map(({ path }) => path)

  test('more than was wished is no difference, less is', () => {
    expect(paths({ a: 1, b: 2 }, { a: 1 })).toEqual([])
    expect(paths({ b: 2 }, { a: 1 })).toEqual(['a'])
    expect(paths({ a: { b: [1] } }, { a: { b: [2] } })).toEqual(['a.b.0'])
    expect(paths({ a: [1, 2] }, { a: [1] })).toEqual(['a.1'])
  })

  test('a secret that comes back as stars may be the one; none is shown', () => {
    expect(paths({ password: '**********' }, { password: 'x' })).toEqual([])
    const [shown] = differences({ password: 'old' }, { password: 'new' })
    expect(shown).toEqual({ path: 'password', actual: '•••', wished: '•••' })
  })

  test('streams are found by name, whatever their order', () => {
    const accounts = { name: 'accounts', syncMode: 'full_refresh_overwrite_deduped' }
    const transactions = { name: 'transactions', syncMode: 'incremental_deduped_history' }
    const both = [accounts, transactions]
    expect(paths([transactions, accounts], both)).toEqual([])
    expect(paths([transactions], both)).toEqual(['accounts'])
    expect(paths(both, [accounts])).toEqual(['transactions'])
    expect(paths([accounts, { ...transactions, syncMode: 'x' }], both)).toEqual([
      'transactions.syncMode',
    ])
  })

  test('a schedule is told with the zone that it is taken without', () => {
    const cron = (cronExpression: string) => ({ schedule: { cronExpression } })
    expect(paths(cron('0 0 5 * * ? UTC'), cron('0 0 5 * * ?'))).toEqual([])
    expect(differences(cron('0 0 5 * * ? UTC'), cron('0 0 6 * * ?'))).toEqual([
      { path: 'schedule.cronExpression', actual: '"0 0 5 * * ? UTC"', wished: '"0 0 6 * * ?"' },
    ])
  })
})

const file = readFileSync(resolve(import.meta.dirname, '../../airbyte/connection.yaml'), 'utf8')
const said = new Map([
  ['TARTAN_SYNC_CRON', '0 0 5 * * ?'],
  ['TARTAN_SYNC_FOLLOW', 'keep'],
  ['TARTAN_POST_SYNC', undefined],
])

describe('airbyte/connection.yaml', () => {
  test('chooses every stream of the dictionary, as it is brought', async () => {
    const { streams } = (await readConnection(file, said)).connection.configurations
    expect(new Map(streams.map(({ name, syncMode }) => [name, syncMode]))).toEqual(
      new Map(
        catalog.map(({ name, brings }) => [
          name,
          brings === 'whole' ? 'full_refresh_overwrite_deduped' : 'incremental_deduped_history',
        ]),
      ),
    )
  })

  test('says what an option says, and nothing where it says nothing', async () => {
    const { schedule, ...connection } = (await readConnection(file, said)).connection
    expect(schedule?.cronExpression).toBe('0 0 5 * * ?')
    expect('postSyncCommand' in connection).toBe(false)
  })

  test.each([
    ['connection:\n  nam: x', 'source is required'],
    ['source: [', 'airbyte/connection.yaml: '],
    [file.replace('  status:', '  statu:'), 'connection.statu is not known'],
    [file.replace('TARTAN_SYNC_CRON', 'PLAID_SECRET'), '${PLAID_SECRET} is no option, or a secret'],
    [file.replace('name: Plaid\n', 'name: Plaid\n  image: no-tag\n'), 'source.image'],
  ])('what is wrong in it is said by its place', async (text, sentence) => {
    await expect(readConnection(text, said)).rejects.toThrow(sentence)
  })
})

describe('a change of what is set up', () => {
  const streamChanges: StreamChange[] = [
    { name: 'accounts', decision: 'none', reason: '' },
    { name: 'transactions', decision: 'read_again', reason: 'the database is another one' },
    { name: 'x', namespace: 'n', decision: 'refuse', reason: 'a view reads its table' },
  ]
  const wish = {
    plaidApiUrl: 'http://127.0.0.1:8080',
    plaidApiKey: new Secret('k'),
    warehouseUrl: new Secret('postgres://u:p@127.0.0.1/w'),
    products: [],
  }

  /** One that has everything already, but with another database and, if asked, schedule. */
  async function applied(database: string, cronExpression: string, plan = false) {
    const desired = desiredState(await readConnection(file, said), wish)
    const calls: string[] = []
    const lists: Record<string, unknown> = {
      sources: { ...desired.source, sourceId: 'a', definitionId: plaidSourceId },
      destinations: {
        ...desired.destination,
        destinationId: 'b',
        definitionId: postgresDestinationId,
        configuration: { ...desired.destination.configuration, database },
      },
      connections: {
        ...desired.connection,
        schedule: { scheduleType: 'cron', cronExpression },
        connectionId: 'c',
        sourceId: 'a',
        destinationId: 'b',
      },
    }
    const airbyte: Airbyte = {
      list: async (path) => [lists[/\w+/.exec(path)?.[0] ?? '']] as never,
      publicApi: async (verb, path) => {
        calls.push(`${verb} ${path}`)
        return { streamChanges, configurationChanged: false } as never
      },
      configApi: () => Promise.reject(new Error('not asked')),
      mayReturn: () => false,
    }
    const target = { kind: 'tartan' as const, name: 'ours', ...apiUrls('http://127.0.0.1:8001') }
    const site = { airbyte, target, workspace: { workspaceId: 'w', name: 'w' }, plan }
    return { ...(await apply(site, desired)), calls }
  }

  test('of the connection says per stream what it means', async () => {
    const { streams, calls } = await applied('w', '0 0 6 * * ?')
    expect(calls.at(-1)).toBe('PATCH /connections/c')
    expect(streams.map(streamText)).toEqual([
      '✓ stream “accounts” nothing to do',
      '… stream “transactions” is read again by the next sync: the database is another one',
      '✗ stream “n.x” refused: a view reads its table',
    ])
  })

  test('of the destination asks what it means, and changes nothing by asking', async () => {
    const { streams, calls } = await applied('other', '0 0 5 * * ?')
    expect(calls.at(-1)).toBe('PATCH /connections/c?dry_run=true')
    expect(streams).toEqual(streamChanges)
  })

  test('that is none asks for nothing', async () => {
    const { streams, calls, outcomes } = await applied('w', '0 0 5 * * ?')
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(3).fill('unchanged'))
    expect([streams, calls]).toEqual([[], ['PATCH /sources/a', 'PATCH /destinations/b']])
  })

  test('that is only planned is asked for without being made', async () => {
    const { outcomes, calls } = await applied('other', '0 0 6 * * ?', true)
    expect(calls.filter((call) => !call.endsWith('?dry_run=true'))).toEqual([])
    expect(outcomes.map((one) => [one.outcome, one.differences.map(({ path }) => path)])).toEqual([
      ['unchanged', []],
      ['updated', ['database']],
      ['updated', ['schedule.cronExpression']],
    ])
  })
})

test('a database URL becomes the configuration of Airbyte’s Postgres destination', () => {
  const url = 'postgres://me%40x:p%2Fw@db.example.com:6543/ware%20house?sslmode=verify-full'
  expect(postgresConfiguration(new Secret(url))).toEqual({
    destinationType: 'postgres',
    host: 'db.example.com',
    port: 6543,
    database: 'ware house',
    schema: 'airbyte_plaid',
    username: 'me@x',
    password: 'p/w',
    ssl_mode: { mode: 'verify-full' },
  })
  const local = postgresConfiguration(new Secret('postgres://u:p@[::1]/w'))
  expect(local).toMatchObject({ host: '::1', port: 5432, ssl_mode: { mode: 'prefer' } })
})

function job(status: JobInfo['job']['status'], attempts: JobInfo['attempts']): JobInfo {
  return { job: { id: 1, status, createdAt: 0, updatedAt: 0 }, attempts }
}

test('what an attempt reads again from nothing counts once, and the job says why it was', () => {
  const attempt = (counts: Record<string, number>, ...logLines: string[]) => ({
    attempt: {
      status: 'failed',
      streamStats: Object.entries(counts).map(([streamName, count]) => ({
        streamName,
        stats: { recordsEmitted: count, recordsCommitted: count },
      })),
    },
    logs: { logLines },
  })
  const why = 'stream transactions is read again: the destination has it from another one'
  const log = `2026-01-02 03:04:05 platform INFO ${why}`
  const twice = job('succeeded', [
    attempt({ transactions: 3, accounts: 10 }),
    attempt({ transactions: 90, accounts: 10 }, log),
    attempt({ transactions: 5, accounts: 10 }),
  ])
  const counts = streamTotals(twice).map((one) => [one.stream, one.emitted, one.committed])
  expect(counts).toEqual([
    ['accounts', 10, 10],
    ['transactions', 95, 95],
  ])
  expect(refreshNotes(twice)).toEqual([why])
  expect(refreshNotes(job('succeeded', [attempt({ accounts: 10 })]))).toEqual([])
})

test('records per stream that goes on are summed over the attempts', () => {
  const attempt = (recordsCommitted: number) => ({
    attempt: {
      status: 'failed',
      streamStats: [
        {
          streamName: 'transactions',
          stats: {
            recordsEmitted: 5,
            recordsCommitted,
            recordsRejected: 1,
            additionalStats: { valuesNulled: 3 },
          },
        },
      ],
    },
  })
  const totals = streamTotals(job('succeeded', [attempt(2), attempt(3)]))
  expect(totals.map(lossOf)).toEqual([' (2 left out, 6 values null: the log says why)'])
  expect(totals).toEqual([
    { stream: 'transactions', emitted: 10, committed: 5, rejected: 2, nulled: 6 },
  ])
})

test('a failed job fails with its last attempt’s reason and kind', () => {
  const failed = job('failed', [
    {
      attempt: {
        status: 'failed',
        failureSummary: {
          failures: [
            { failureOrigin: 'source', failureType: 'config_error', externalMessage: 'wrong key' },
          ],
        },
      },
    },
  ])
  expect(jobFailure(failed)).toMatchObject({
    kind: 'config',
    message: 'the sync failed (source): wrong key',
  })
  expect(jobFailure(job('succeeded', []))).toBeUndefined()
})
