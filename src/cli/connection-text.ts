// The connection for a person to read: what it is, why it stands still if it does, its last sync
// and its next one.
import { lossOf } from '../server/airbyte/job.ts'
import type { ConnectionReport } from '../server/status/report.ts'

export function connectionText(connection: ConnectionReport): string {
  const { name, status, status_reason: reason, schedule, next_run: next } = connection
  return [
    `Connection “${name}”: ${status}, ${schedule}`,
    ...(reason === undefined ? [] : [reason]),
    ...(next === undefined ? [] : [`Next sync: ${next}`]),
    lastText(connection),
  ].join('\n')
}

function lastText({ last_job: job }: ConnectionReport): string {
  if (job === undefined) return 'No sync yet: run make airbyte-sync'
  const rows = job.streams.map((one) => `${one.committed} ${one.stream}${lossOf(one)}`).join(', ')
  return `Last sync: job ${job.id} ${job.status}, ${job.started_at}${rows ? `, wrote ${rows}` : ''}`
}
