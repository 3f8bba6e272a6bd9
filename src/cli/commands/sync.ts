// `sync`: one sync now, followed to its end.
import type { Command } from 'commander'
import { systemClock } from '../../std/clock.ts'
import { ConfigError } from '../../std/errors.ts'
import type { Airbyte } from '../../server/airbyte/client.ts'
import { type Connection, findConnection } from '../../server/airbyte/connection.ts'
import {
  failedStep,
  followJob,
  jobFailure,
  type JobInfo,
  lossOf,
  refreshNotes,
  startSync,
  streamTotals,
} from '../../server/airbyte/job.ts'
import { ourAirbyte } from '../../server/airbyte/ours.ts'
import { runningSettings } from '../context.ts'
import { throughRestarts } from '../../server/client/http.ts'
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
  const connection = await findConnection(airbyte)
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
  for (const sentence of refreshNotes(info)) out(`… ${sentence}`)
  const totals = streamTotals(info)
  const rows = totals.map((one) => [one.stream, one.emitted, one.committed])
  out(formatTable(['stream', 'read', 'written'], rows))
  for (const one of totals) if (lossOf(one) !== '') out(`${one.stream}:${lossOf(one)}`)
  out(`Job ${jobId} succeeded in ${formatDuration(systemClock.now() - since)}.`)
  const step = failedStep(info)
  if (step !== undefined) note(`✗ ${step}`)
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
