// What `status` tells, as data: asked of the supervisor's file and, where they answer, the
// services.
import { addressOf } from '../../postgres/address.ts'
import { systemClock } from '../../std/clock.ts'
import { classify, TransientError } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import { cronParts, nextRunMs } from '../../engine/connection/schedule.ts'
import { engineUrl, plaidApiUrl } from '../addresses.ts'
import { request } from '../client/http.ts'
import { fullDisk } from '../files.ts'
import { databaseUrl, warehouseUrl } from '../keys.ts'
import { currentRun } from '../run-file.ts'
import { type Backup, listBackups, toldBackup } from '../backup/shelf.ts'
import { oldestWaitingMs } from '../backup/wal.ts'
import { embeddedServer } from '../embedded.ts'
import { backupFolder, keepsWal, type Settings } from '../settings.ts'
import { isAlive } from '../../std/process.ts'
import { buildFailure } from '../web-app.ts'
import { type ProcessStatus, readStatus } from '../supervisor/status.ts'
import { type Connection, findConnection } from '../airbyte/connection.ts'
import {
  type JobStatus,
  jobInfo,
  recentJobs,
  type StreamTotals,
  streamTotals,
} from '../airbyte/job.ts'
import { ourAirbyte } from '../airbyte/ours.ts'
import { readTls, type TlsReport } from '../tls.ts'
import { isUp as isRunning } from '../supervisor/lock.ts'
import { plaidApi } from '../client/plaid-api.ts'
import type { Item } from '../../plaid-api/shapes.ts'
import type { Installation, Processes, ProcessReport } from './shapes.ts'

export interface Report extends Installation {
  /** Absent where plaid-api does not answer. */
  items?: Item[]
  /** There are more Items than these. */
  items_cut?: true
  /** Absent where the engine does not answer, or before the set-up. */
  connection?: ConnectionReport
  /** The newest; absent where there is none. */
  backup?: ReturnType<typeof toldBackup>
  /** Where it is kept: from when on any instant is reached, and since when some waits. */
  wal?: { from: string | null; waiting_since: string | null }
  /** Where the services speak it themselves. */
  tls?: TlsReport
  /** What could not be asked, and why. */
  unanswered: string[]
}

export interface ConnectionReport {
  name: string
  status: string
  status_reason?: string
  schedule: string
  next_run?: string
  last_job?: { id: number; status: JobStatus; started_at: string; streams: StreamTotals[] }
}

const readyMsMax = 5_000
/** Of Items that a status names. */
const itemsMax = 500

export async function readReport(asked: Settings): Promise<Report> {
  const isUp = isRunning(asked)
  const settings = await settingsOf(asked, isUp)
  const report: Report = { ...(await readInstallation(asked)), unanswered: [] }
  const backups = await listBackups(backupFolder(settings))
  const [backup] = backups
  if (backup) report.backup = toldBackup(backup)
  if (keepsWal(settings)) {
    await ask(report, async () => {
      report.wal = await walReport(settings, backups)
    })
  }
  await ask(report, async () => {
    const tls = await readTls(settings)
    if (tls) report.tls = tls
  })
  if (!isUp) return report
  await Promise.all([
    ask(report, async () => {
      await requireAnswer('plaid-api', 'plaid-api', plaidApiUrl(settings))
      const items: Item[] = []
      for await (const item of (await plaidApi(settings)).items()) {
        if (items.length < itemsMax) items.push(item)
        else report.items_cut = true
        if (report.items_cut) break
      }
      report.items = items
    }),
    ask(report, async () => {
      await requireAnswer('the Airbyte API', 'server', engineUrl(settings))
      const connection = await connectionReport(settings)
      if (connection) report.connection = connection
    }),
  ])
  return report
}

async function walReport(settings: Settings, backups: Backup[]) {
  const oldest = backups.findLast(({ manifest }) => manifest.base)
  const waiting = await oldestWaitingMs(await embeddedServer(settings))
  return {
    from: oldest?.manifest.takenAt ?? null,
    waiting_since: waiting === undefined ? null : new Date(waiting).toISOString(),
  }
}

export async function readInstallation(asked: Settings): Promise<Installation> {
  const settings = await settingsOf(asked, isRunning(asked))
  return {
    ...(await readProcesses(asked)),
    plaid_env: settings.options.plaidEnv,
    data_folder: asked.dataFolder,
    databases: await databases(settings),
  }
}

/** Those that a running whole was started with, or set up with since. */
async function settingsOf(asked: Settings, isUp: boolean): Promise<Settings> {
  const run = isUp ? await currentRun(asked) : undefined
  return run?.setUp ?? run?.started ?? asked
}

/** What can be told without asking any of them, where they run here. */
export async function readProcesses(asked: Settings): Promise<Processes> {
  if (asked.elsewhere) return askProcesses(asked)
  const { dataFolder } = asked
  const isUp = isRunning(asked)
  const status = readStatus(dataFolder)
  const processes = (status?.processes ?? []).map(processReport)
  const missing = isUp ? await buildFailure(dataFolder) : undefined
  const disk = await fullDisk(dataFolder).catch(() => undefined) // no such folder yet
  return {
    phase: phaseOf(isUp, status?.phase, processes),
    ...(status?.failure ? { failure: status.failure.message } : {}),
    ...(missing === undefined ? {} : { web: `the web app was not built: ${missing}` }),
    ...(disk === undefined ? {} : { disk }),
    processes,
  }
}

/** Of services that something else runs: whether those with an address are ready. */
async function askProcesses(settings: Settings): Promise<Processes> {
  const addresses = [
    { name: 'plaid-api', url: plaidApiUrl(settings) },
    { name: 'server', url: engineUrl(settings) },
  ]
  const processes = await Promise.all(
    addresses.map(async ({ name, url }) => {
      const asked = request({ service: name, url: `${url}/ready`, msMax: readyMsMax })
      const state = await asked.then(
        () => 'running',
        () => 'no answer',
      )
      return { name, state, restarts: 0, note: url }
    }),
  )
  return {
    phase: processes.every(({ state }) => state === 'running') ? 'running' : 'degraded',
    processes,
  }
}

/** One that hangs is not waited for as whoever wants something of it does. */
export async function requireAnswer(
  service: string,
  log: string,
  url: string,
  msMax = readyMsMax,
): Promise<void> {
  try {
    await request({ service, url: `${url}/ready`, msMax })
  } catch (cause) {
    const { code } = classify(cause)
    // That it is not ready what it is asked says better.
    if (code !== 'SERVICE_SILENT' && code !== 'SERVICE_DOWN') return
    const sentence = `${service} does not answer at ${url}: ./tartan logs ${log} says more`
    throw new TransientError(code, sentence, { cause })
  }
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
  const hourAgo = systemClock.now() - 3_600_000
  const lately = one.restartedAt?.filter((at) => Date.parse(at) > hourAgo) ?? []
  const uptime = startedAt === undefined ? undefined : systemClock.now() - Date.parse(startedAt)
  return {
    name,
    state: alive || one.state !== 'running' ? one.state : 'gone',
    restarts,
    restarts_last_hour: lately.length,
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

function scheduleText({ schedule: { cronExpression }, followsSource }: Connection): string {
  const text = cronExpression === undefined ? 'by hand' : cronText(cronExpression)
  return followsSource ? `${text}, and when the store has news` : text
}

function cronText(cronExpression: string): string {
  const { fields, zone } = cronParts(cronExpression)
  return `cron ${fields.join(' ')} (${zone})`
}

async function connectionReport(settings: Settings): Promise<ConnectionReport | undefined> {
  const airbyte = await ourAirbyte(settings)
  const connection = await findConnection(airbyte)
  if (!connection) return undefined
  const { cronExpression } = connection.schedule
  const [job] = await recentJobs(airbyte, connection.connectionId, 1)
  // One that was paused has no next run, whatever its schedule.
  const isActive = connection.status === 'active'
  const report: ConnectionReport = {
    name: connection.name,
    status: connection.status,
    ...(connection.statusReason === undefined ? {} : { status_reason: connection.statusReason }),
    schedule: scheduleText(connection),
  }
  if (cronExpression !== undefined && isActive) {
    const next = nextRunMs({ scheduleType: 'cron', cronExpression }, systemClock.now())
    if (next !== undefined) report.next_run = new Date(next).toISOString()
  }
  if (job) {
    const streams = streamTotals(await jobInfo(airbyte, job.jobId))
    report.last_job = { id: job.jobId, status: job.status, started_at: job.startTime, streams }
  }
  return report
}
