import { describe, expect, test } from 'vitest'
import { holds } from '../../src/cli/airbyte/apply.ts'
import { postgresConfiguration } from '../../src/cli/airbyte/desired.ts'
import { jobFailure, type JobInfo, streamTotals } from '../../src/cli/airbyte/job.ts'
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
      streamStats: [{ streamName: 'accounts', stats: { recordsEmitted: 5, recordsCommitted } }],
    },
  })
  expect(streamTotals(job('succeeded', [attempt(2), attempt(3)]))).toEqual([
    { stream: 'accounts', emitted: 10, committed: 5 },
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
