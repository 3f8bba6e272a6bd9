// `sync`: one sync now, followed to its end.
import type { Command } from 'commander'
import { systemClock } from '../../std/clock.ts'
import { ConfigError } from '../../std/errors.ts'
import type { Airbyte } from '../airbyte/client.ts'
import { type Connection, findConnection } from '../airbyte/apply.ts'
import { connectionName } from '../airbyte/desired.ts'
import {
  followJob,
  jobFailure,
  type JobInfo,
  lossOf,
  startSync,
  streamTotals,
} from '../airbyte/job.ts'
import { ourAirbyte } from '../airbyte/ours.ts'
import { runningSettings } from '../context.ts'
import { throughRestarts } from '../http.ts'
import { formatDuration, formatTable, note, out } from '../print.ts'

export function syncCommand(program: Command): void {
  program
    .command('sync')
    .description('Syncs the store into the warehouse now, and follows it.')
    .action(async (_, command: Command) => {
      const airbyte = await ourAirbyte(await runningSettings(command))
      const { connectionId } = await throughRestarts(airbyte.mayReturn, () =>
        requireConnection(airbyte),
      )
      await syncNow(airbyte, connectionId)
    })
}

async function requireConnection(airbyte: Airbyte): Promise<Connection> {
  const connection = await findConnection(airbyte, connectionName)
  if (connection) return connection
  throw new ConfigError('NOT_SET_UP', 'there is no connection yet: run make airbyte-setup')
}

/** Prints what it moved; fails with the job's own reason. */
export async function syncNow(airbyte: Airbyte, connectionId: string): Promise<void> {
  const since = systemClock.now()
  const { jobId, joined } = await throughRestarts(airbyte.mayReturn, () =>
    startSync(airbyte, connectionId),
  )
  note(joined ? `… job ${jobId} runs already: following it` : `… job ${jobId} started`)
  const info = await followJob(airbyte, jobId, progressTeller())
  const failure = jobFailure(info)
  if (failure) throw failure
  const totals = streamTotals(info)
  const rows = totals.map((one) => [one.stream, one.emitted, one.committed])
  out(formatTable(['stream', 'read', 'written'], rows))
  for (const one of totals) if (lossOf(one) !== '') out(`${one.stream}:${lossOf(one)}`)
  out(`Job ${jobId} succeeded in ${formatDuration(systemClock.now() - since)}.`)
}

const tellEveryMs = 1_000

/** A line whenever something moved, at most one a second. */
function progressTeller(): (info: JobInfo) => void {
  let last = ''
  let toldAt = systemClock.now()
  return (info) => {
    const counts = streamTotals(info).map((one) => `${one.stream} ${one.committed}/${one.emitted}`)
    const line = `… ${info.job.status}: ${counts.join(', ') || 'nothing read yet'}`
    if (line === last || systemClock.now() - toldAt < tellEveryMs) return
    note(line)
    last = line
    toldAt = systemClock.now()
  }
}
