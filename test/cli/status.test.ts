// What `status` says of the connection.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { connectionText } from '../../src/cli/connection-text.ts'
import { requireAnswer } from '../../src/server/status/report.ts'

const paused = {
  name: 'Plaid to PostgreSQL',
  status: 'inactive',
  status_reason: 'The source changed: the field extra of the stream numbers is new.',
  schedule: 'cron 0 0 */6 * * ? (UTC)',
}

test('a connection that was paused says why, in a line of its own', () => {
  expect(connectionText(paused)).toBe(
    [
      'Connection “Plaid to PostgreSQL”: inactive, cron 0 0 */6 * * ? (UTC)',
      'The source changed: the field extra of the stream numbers is new.',
      'No sync yet: run make airbyte-sync',
    ].join('\n'),
  )
})

test('one that runs says when next, and what the last sync wrote and could not take', () => {
  const totals = { stream: 'transactions', emitted: 9, committed: 7, rejected: 2, nulled: 0 }
  const { status_reason: _reason, ...active } = paused
  const text = connectionText({
    ...active,
    status: 'active',
    next_run: '2026-01-01T06:00:00.000Z',
    last_job: {
      id: 4,
      status: 'succeeded',
      started_at: '2026-01-01T00:00:00Z',
      streams: [totals],
    },
  })
  expect(text.split('\n').slice(1)).toEqual([
    'Next sync: 2026-01-01T06:00:00.000Z',
    'Last sync: job 4 succeeded, 2026-01-01T00:00:00Z, ' +
      'wrote 7 transactions (2 left out: the log says why)',
  ])
})

test('a service that hangs is not waited for, and the status does not send to itself', async () => {
  const answers: number[] = []
  const server = createServer((_, response) => {
    const [status] = answers
    if (status !== undefined) response.writeHead(status).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await expect(requireAnswer('plaid-api', 'plaid-api', url, 50)).rejects.toMatchObject({
      kind: 'transient',
      message: `plaid-api does not answer at ${url}: ./tartan logs plaid-api says more`,
    })
    answers.push(503) // it answers: what it is asked for says why not
    await requireAnswer('plaid-api', 'plaid-api', url)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
