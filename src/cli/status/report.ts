// What `status` tells, as data: asked of the supervisor's file and, where they answer, the
// services.
import { addressOf } from '../../postgres/address.ts'
import { systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import type { Item } from '../../plaid-api/item/view.ts'
import { cronParts, nextRunMs } from '../../engine/connection/schedule.ts'
import { fullDisk } from '../../server/files.ts'
import { databaseUrl, warehouseUrl } from '../../server/keys.ts'
import { requireRun } from '../../server/run-file.ts'
import type { Settings } from '../../server/settings.ts'
import { isAlive } from '../../std/process.ts'
import { type ProcessStatus, readStatus } from '../../server/supervisor/status.ts'
import { findConnection } from '../airbyte/apply.ts'
import { connectionName } from '../airbyte/desired.ts'
import {
  type JobStatus,
  jobInfo,
  recentJobs,
  type StreamTotals,
  streamTotals,
} from '../airbyte/job.ts'
import { ourAirbyte } from '../airbyte/ours.ts'
import { isUp as isRunning } from '../context.ts'
import { plaidApi } from '../plaid-api/client.ts'

export interface Report {
  /** `running` only while the supervisor and every process do. */
  phase: string
  plaid_env: string
  data_folder: string
  failure?: string
  /** That it is full, where it is. */
  disk?: string
  processes: ProcessReport[]
  databases: { name: string; address: string }[]
  /** Absent where plaid-api does not answer. */
  items?: Item[]
  /** There are more Items than these. */
  items_cut?: true
  /** Absent where the engine does not answer, or before the set-up. */
  connection?: ConnectionReport
  /** What could not be asked, and why. */
  unanswered: string[]
}

interface ProcessReport {
  name: string
  state: string
  pid?: number
  port?: number
  uptime_ms?: number
  restarts: number
  last_end?: string
  note?: string
}

interface ConnectionReport {
  name: string
  status: string
  status_reason?: string
  schedule: string
  next_run?: string
  last_job?: { id: number; status: JobStatus; started_at: string; streams: StreamTotals[] }
}

/** Of Items that a status names. */
const itemsMax = 500

export async function readReport(asked: Settings): Promise<Report> {
  const { dataFolder } = asked
  const isUp = isRunning(asked)
  const run = isUp ? await requireRun(dataFolder) : undefined
  const settings = run?.setUp ?? run?.started ?? asked
  const status = readStatus(dataFolder)
  const processes = (status?.processes ?? []).map(processReport)
  const report: Report = {
    phase: phaseOf(isUp, status?.phase, processes),
    plaid_env: settings.options.plaidEnv,
    data_folder: dataFolder,
    processes,
    databases: await databases(settings),
    unanswered: [],
  }
  if (status?.failure) report.failure = status.failure.message
  const disk = await fullDisk(dataFolder).catch(() => undefined) // no such folder yet
  if (disk !== undefined) report.disk = disk
  if (!isUp) return report
  await Promise.all([
    ask(report, async () => {
      const items: Item[] = []
      for await (const item of (await plaidApi(settings)).items()) {
        if (items.length < itemsMax) items.push(item)
        else report.items_cut = true
        if (report.items_cut) break
      }
      report.items = items
    }),
    ask(report, async () => {
      const connection = await connectionReport(settings)
      if (connection) report.connection = connection
    }),
  ])
  return report
}

async function ask(report: Report, question: () => Promise<void>): Promise<void> {
  try {
    await question()
  } catch (error) {
    report.unanswered.push(classify(error).message)
  }
}

function phaseOf(isUp: boolean, phase = 'stopped', processes: ProcessReport[]): string {
  if (!isUp) {
    // The supervisor was killed: the next start ends what it left.
    if (processes.some((one) => one.pid !== undefined)) return 'unsupervised'
    return phase === 'failed' ? 'failed' : 'stopped'
  }
  if (phase !== 'running') return phase
  return processes.every((one) => one.state === 'running') ? 'running' : 'degraded'
}

function processReport(one: ProcessStatus): ProcessReport {
  const { name, restarts, identity, startedAt, port, lastEnd, note } = one
  const alive = identity !== undefined && isAlive(identity)
  const uptime = startedAt === undefined ? undefined : systemClock.now() - Date.parse(startedAt)
  return {
    name,
    state: alive || one.state !== 'running' ? one.state : 'gone',
    restarts,
    ...(alive ? { pid: identity.pid } : {}),
    ...(port === undefined || !alive ? {} : { port }),
    ...(alive && uptime !== undefined ? { uptime_ms: uptime } : {}),
    ...(lastEnd === undefined ? {} : { last_end: lastEnd }),
    ...(note === undefined ? {} : { note }),
  }
}

async function databases(settings: Settings): Promise<{ name: string; address: string }[]> {
  const named = [
    { name: 'tartan', url: databaseUrl },
    { name: 'warehouse', url: warehouseUrl },
  ]
  return Promise.all(
    named.map(async ({ name, url }) => ({
      name,
      address: await url(settings).then(withoutPassword, () => 'not made yet'),
    })),
  )
}

function withoutPassword(secret: Secret): string {
  const { host, port, database, user } = addressOf(secret)
  const at = host.includes(':') ? `[${host}]` : encodeURIComponent(host)
  return `postgres://${encodeURIComponent(user)}@${at}:${port}/${encodeURIComponent(database)}`
}

function cronText(cronExpression: string): string {
  const { fields, zone } = cronParts(cronExpression)
  return `cron ${fields.join(' ')} (${zone})`
}

async function connectionReport(settings: Settings): Promise<ConnectionReport | undefined> {
  const airbyte = await ourAirbyte(settings)
  const connection = await findConnection(airbyte, connectionName)
  if (!connection) return undefined
  const { cronExpression } = connection.schedule
  const [job] = await recentJobs(airbyte, connection.connectionId, 1)
  const report: ConnectionReport = {
    name: connection.name,
    status: connection.status,
    ...(connection.statusReason === undefined ? {} : { status_reason: connection.statusReason }),
    schedule: cronExpression === undefined ? 'by hand' : cronText(cronExpression),
  }
  if (cronExpression !== undefined) {
    const next = nextRunMs({ scheduleType: 'cron', cronExpression }, systemClock.now())
    if (next !== undefined) report.next_run = new Date(next).toISOString()
  }
  if (job) {
    const streams = streamTotals(await jobInfo(airbyte, job.jobId))
    report.last_job = { id: job.jobId, status: job.status, started_at: job.startTime, streams }
  }
  return report
}
