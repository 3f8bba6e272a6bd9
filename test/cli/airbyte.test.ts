import { describe, expect, test } from 'vitest'
import { apply, holds, type StreamChange } from '../../src/cli/airbyte/apply.ts'
import type { Airbyte } from '../../src/cli/airbyte/client.ts'
import { desiredState, postgresConfiguration } from '../../src/cli/airbyte/desired.ts'
import { jobFailure, type JobInfo, lossOf, streamTotals } from '../../src/cli/airbyte/job.ts'
import { streamText } from '../../src/cli/commands/setup.ts'
import { Secret } from '../../src/std/secrets.ts'

describe('what is there holds what is wished', () => {
  test('more than was wished is no difference, less is', () => {
    expect(holds({ a: 1, b: 2 }, { a: 1 })).toBe(true)
    expect(holds({ b: 2 }, { a: 1 })).toBe(false)
    expect(holds({ a: { b: [1] } }, { a: { b: [2] } })).toBe(false)
  })

  test('a secret that comes back as stars may be the one', () => {
    expect(holds({ password: '**********' }, { password: 'x' })).toBe(true)
  })

  test('streams are found by name, whatever their order', () => {
    const accounts = { name: 'accounts', syncMode: 'full_refresh_overwrite_deduped' }
    const transactions = { name: 'transactions', syncMode: 'incremental_deduped_history' }
    expect(holds([transactions, accounts], [accounts, transactions])).toBe(true)
    expect(holds([transactions], [accounts, transactions])).toBe(false)
    expect(holds([accounts, { ...transactions, syncMode: 'x' }], [accounts, transactions])).toBe(
      false,
    )
  })
})

describe('a change of what is set up', () => {
  const streamChanges: StreamChange[] = [
    { name: 'accounts', decision: 'none', reason: '' },
    { name: 'transactions', decision: 'read_again', reason: 'the database is another one' },
    { name: 'x', namespace: 'n', decision: 'refuse', reason: 'a view reads its table' },
  ]
  const wish = {
    sourceDefinitionId: 's',
    destinationDefinitionId: 'd',
    plaidApiUrl: 'http://127.0.0.1:8080',
    plaidApiKey: new Secret('k'),
    warehouseUrl: new Secret('postgres://u:p@127.0.0.1/w'),
    cronExpression: '0 0 5 * * ?',
  }

  /** One that has everything already, but with another database and, if asked, schedule. */
  async function applied(database: string, cronExpression: string) {
    const desired = desiredState(wish)
    const calls: string[] = []
    const lists: Record<string, unknown> = {
      workspaces: { workspaceId: 'w' },
      sources: { ...desired.source, sourceId: 'a' },
      destinations: {
        ...desired.destination,
        destinationId: 'b',
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
        return { streamChanges } as never
      },
      configApi: () => Promise.reject(new Error('not asked')),
      mayReturn: () => false,
    }
    return { ...(await apply(airbyte, desired)), calls }
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

test('records per stream are summed over the attempts', () => {
  const attempt = (recordsCommitted: number) => ({
    attempt: {
      status: 'failed',
      streamStats: [
        {
          streamName: 'accounts',
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
    { stream: 'accounts', emitted: 10, committed: 5, rejected: 2, nulled: 6 },
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
