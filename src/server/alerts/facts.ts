// How the whole is at one moment, asked of whoever knows it: the databases, the shelf of backups,
// the disks, the supervisor's file. Each group is asked by itself: what cannot be asked (a database
// that is away) is not known, and no alert about it begins or ends.
import { stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { nextRunMs } from '../../engine/connection/schedule.ts'
import type { Pool } from '../../postgres/pool.ts'
import { classify } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { metricTable, type MetricName } from '../../std/metric-table.ts'
import { type Backup, type Kind, kindOf, kinds, listBackups } from '../backup/shelf.ts'
import { oldestWaitingMs } from '../backup/wal.ts'
import { embeddedServer } from '../embedded.ts'
import { keysFolder } from '../keys.ts'
import { masterKeyPath } from '../master-key.ts'
import { backsUp, backupFolder, keepsWal, type Settings } from '../settings.ts'
import { readTls } from '../tls.ts'
import { readProcesses } from '../status/report.ts'
import { openIncidents, wayStates } from '../store/alert.ts'
import {
  connectionFacts,
  type ConnectionFacts,
  firstConsentEnd,
  itemFacts,
  lastDaysSyncs,
  lastVerified,
  queueFacts,
  streamFacts,
  troubledBanks,
  webhookFacts,
  webhookRefusals,
} from '../store/facts.ts'
import type { Fact, Facts } from './fact.ts'
import { type Rule, rules } from './rules.ts'

export interface Asked {
  settings: Settings
  pool: Pool
  log: Logger
  /** Milliseconds since the epoch. */
  now: number
}

interface Group {
  /** Its metrics are those whose names begin so. */
  of: RegExp
  read(asked: Asked): Promise<Fact[]>
}

const groups: Group[] = [
  { of: /^tartan_(sync_|post_sync_|stream_|warehouse_)/, read: syncs },
  { of: /^tartan_(jobs|job_oldest)/, read: queue },
  { of: /^tartan_(items|item_|pull_lag|feed_)/, read: items },
  { of: /^tartan_webhook_/, read: webhooks },
  { of: /^tartan_verify_/, read: verification },
  { of: /^tartan_backup/, read: backups },
  { of: /^tartan_disk_/, read: disks },
  { of: /^tartan_process_/, read: processes },
  { of: /^tartan_sealing_key_/, read: key },
  { of: /^tartan_tls_/, read: certificate },
  { of: /^tartan_alert/, read: alerts },
]

const hour = 3_600_000
const day = 24 * hour
/** What is due is looked for after it had the time to happen. */
const syncGraceMs = hour
const backupGraceMs = 2 * hour
const verifyEveryMs = 8 * day
const webhookEveryMs = 3 * day

export async function readFacts(asked: Asked): Promise<Facts> {
  const known = new Set<MetricName>()
  const names = Object.keys(metricTable) as MetricName[]
  const told = await Promise.all(
    groups.map(async ({ of, read }) => {
      try {
        const facts = await read(asked)
        for (const name of names) if (of.test(name)) known.add(name)
        return facts
      } catch (error) {
        asked.log.debug({ err: classify(error), of: of.source }, 'this cannot be looked at')
        return []
      }
    }),
  )
  return { told: told.flat(), known }
}

const inSeconds = (ms: number) => ms / 1_000

function fact(
  metric: MetricName,
  value: number | null | undefined,
  labels: Record<string, string> = {},
  more: Pick<Fact, 'detail' | 'connectionId'> = {},
): Fact[] {
  return value === null || value === undefined ? [] : [{ metric, labels, value, ...more }]
}

async function syncs({ pool, now }: Asked): Promise<Fact[]> {
  const connections = await connectionFacts(pool)
  const names = namesOf(connections)
  const ended = await lastDaysSyncs(pool)
  const streams = await streamFacts(
    pool,
    connections.map(({ id }) => id),
  )
  return [
    ...connections.flatMap((one) => ofConnection(one, names.get(one.id) ?? one.name, now)),
    ...ended.flatMap(({ connectionId, status, n }) => {
      const connection = names.get(connectionId)
      return connection === undefined ? [] : fact('tartan_sync_jobs', n, { connection, status })
    }),
    ...streams.flatMap(({ connectionId, stream, committedAt, lagSeconds }) => {
      const labels = { connection: names.get(connectionId) ?? '', stream }
      return [
        ...fact('tartan_stream_committed_timestamp_seconds', committedAt, labels),
        ...fact('tartan_warehouse_lag_seconds', lagSeconds, labels),
      ]
    }),
  ]
}

function ofConnection(one: ConnectionFacts, connection: string, now: number): Fact[] {
  const labels = { connection }
  const about = { connectionId: one.id, ...(one.failure ? { detail: one.failure } : {}) }
  return [
    ...fact('tartan_sync_consecutive_failures', one.failures, labels, about),
    ...fact('tartan_sync_last_success_timestamp_seconds', one.lastSuccessAt, labels),
    ...fact('tartan_sync_expected_timestamp_seconds', expectedAt(one, now), labels, about),
    ...fact('tartan_sync_last_duration_seconds', one.lastSeconds, labels),
    ...fact('tartan_sync_last_records', asNumber(one.lastRecords), labels),
    ...fact('tartan_post_sync_failed', Number(one.postSyncFailed ?? false), labels, {
      connectionId: one.id,
    }),
  ]
}

function asNumber(text: string | null): number | undefined {
  return text === null ? undefined : Number(text)
}

/** Two turns after the last success, or after it was made; undefined where nothing is due. */
function expectedAt({ schedule, lastSuccessAt, createdAt }: ConnectionFacts, now: number) {
  const since = Math.min(now, (lastSuccessAt ?? createdAt) * 1_000)
  const first = nextRunMs(schedule, since)
  const second = first === undefined ? undefined : nextRunMs(schedule, first)
  return second === undefined ? undefined : inSeconds(second + syncGraceMs)
}

/** A label tells apart what has the same name. */
function namesOf(connections: readonly ConnectionFacts[]): Map<string, string> {
  const taken = new Map<string, number>()
  return new Map(
    connections.map(({ id, name }) => {
      const before = taken.get(name) ?? 0
      taken.set(name, before + 1)
      return [id, before === 0 ? name : `${name} (${before + 1})`]
    }),
  )
}

async function queue({ pool }: Asked): Promise<Fact[]> {
  const { oldestDueAt, ...counts } = await queueFacts(pool)
  return [
    ...Object.entries(counts).flatMap(([status, n]) => fact('tartan_jobs', n, { status })),
    ...fact('tartan_job_oldest_due_timestamp_seconds', oldestDueAt),
  ]
}

async function items({ pool }: Asked): Promise<Fact[]> {
  const found = await itemFacts(pool)
  const troubled = new Map((await troubledBanks(pool)).map((one) => [one.status, one.names]))
  const ending = await firstConsentEnd(pool)
  return [
    ...found.statuses.flatMap(({ status, n }) => {
      const names = troubled.get(status)
      return fact('tartan_items', n, { status }, names ? { detail: names.join(', ') } : {})
    }),
    ...fact('tartan_items_due', found.due),
    ...fact('tartan_pull_lag_seconds', found.lagSeconds),
    ...fact('tartan_item_oldest_pull_timestamp_seconds', found.oldestPullAt),
    ...fact('tartan_feed_head_timestamp_seconds', found.feedHeadAt),
    ...fact(
      'tartan_item_consent_end_timestamp_seconds',
      ending?.at,
      {},
      ending ? { detail: ending.name } : {},
    ),
  ]
}

/** Who polls alone is told nothing, and one that never came is not missed. */
async function webhooks({ pool }: Asked): Promise<Fact[]> {
  const { receivedAt, waitsSince, healthy, failed } = await webhookFacts(pool)
  const refusals = await webhookRefusals(pool)
  const isAwaited = receivedAt !== null && healthy > 0
  return [
    ...fact('tartan_webhook_last_timestamp_seconds', receivedAt),
    ...fact(
      'tartan_webhook_expected_timestamp_seconds',
      isAwaited ? receivedAt + inSeconds(webhookEveryMs) : undefined,
    ),
    ...fact('tartan_webhook_oldest_waiting_timestamp_seconds', waitsSince),
    ...fact('tartan_webhook_addresses_failed', failed),
    ...refusals.flatMap(({ reason, n }) => fact('tartan_webhook_refusals', n, { reason })),
  ]
}

async function verification({ pool }: Asked): Promise<Fact[]> {
  const last = await lastVerified(pool)
  if (!last) return []
  return [
    ...fact('tartan_verify_differs', Number(last.status === 'different')),
    ...fact('tartan_verify_last_timestamp_seconds', last.at),
  ]
}

async function backups(asked: Asked): Promise<Fact[]> {
  const { settings } = asked
  const found = await listBackups(backupFolder(settings))
  const isKept = keepsWal(settings)
  const told = await Promise.all(
    kinds.map(async (kind) => {
      const ofKind = found.filter((one) => kindOf(one) === kind)
      const isTaken = kind === 'logical' || isKept
      return ofKind.length > 0 || isTaken ? backupsOf(kind, ofKind, isTaken, asked) : []
    }),
  )
  const oldest = isKept ? await oldestWaitingMs(await embeddedServer(settings)) : undefined
  return [...told.flat(), ...stamp('tartan_backup_wal_waiting_timestamp_seconds', oldest)]
}

async function backupsOf(
  kind: Kind,
  found: Backup[],
  isTaken: boolean,
  { settings, now }: Asked,
): Promise<Fact[]> {
  const taken = found.map(({ manifest }) => Date.parse(manifest.takenAt))
  const [newest] = taken
  const verified = found.flatMap((one) => (one.verifiedAt ? [Date.parse(one.verifiedAt)] : []))
  const lastVerify = verified.length > 0 ? Math.max(...verified) : undefined
  const verifyFrom = lastVerify ?? taken.at(-1)
  const verifyDue = verifyFrom === undefined ? undefined : verifyFrom + verifyEveryMs
  const since = Math.min(now, newest ?? (await installedMs(settings)))
  const due = isTaken ? await backupDueMs(settings, since) : undefined
  const labels = { kind }
  return [
    ...fact('tartan_backups', found.length, labels),
    ...fact('tartan_backup_bytes', found[0]?.bytes, labels),
    ...stamp('tartan_backup_last_success_timestamp_seconds', newest, labels),
    ...stamp('tartan_backup_last_verified_timestamp_seconds', lastVerify, labels),
    ...stamp('tartan_backup_expected_timestamp_seconds', due, labels),
    ...stamp('tartan_backup_verify_expected_timestamp_seconds', verifyDue, labels),
  ]
}

function stamp(
  metric: MetricName,
  ms: number | undefined,
  labels: Record<string, string> = {},
): Fact[] {
  return ms === undefined ? [] : fact(metric, inSeconds(ms), labels)
}

async function backupDueMs(settings: Settings, since: number): Promise<number | undefined> {
  if (!backsUp(settings)) return undefined
  const cron = settings.options.backupCron
  const next = nextRunMs({ scheduleType: 'cron', cronExpression: cron }, since)
  return next === undefined ? undefined : next + backupGraceMs
}

/** When the installation was made: the first of its keys that nothing replaces was. */
async function installedMs({ dataFolder }: Settings): Promise<number> {
  return (await stat(join(keysFolder(dataFolder), 'postgres.password'))).mtimeMs
}

async function disks({ settings }: Asked): Promise<Fact[]> {
  const folders = [
    { folder: 'data', path: settings.dataFolder },
    ...(backsUp(settings) ? [{ folder: 'backup', path: backupFolder(settings) }] : []),
  ]
  const told = await Promise.all(
    folders.map(async ({ folder, path }) => {
      // No backup yet, no folder yet.
      const disk = await statfs(path).catch(() => undefined)
      if (!disk || disk.blocks === 0) return []
      return [
        ...fact('tartan_disk_free_bytes', disk.bavail * disk.bsize, { folder }),
        ...fact('tartan_disk_free_ratio', disk.bavail / disk.blocks, { folder }),
      ]
    }),
  )
  return told.flat()
}

async function processes({ settings }: Asked): Promise<Fact[]> {
  const { processes: found } = await readProcesses(settings)
  return found.flatMap(({ name, state, restarts_last_hour: restarts }) => [
    ...fact('tartan_process_up', Number(state === 'running'), { process: name }),
    ...fact('tartan_process_restarts', restarts, { process: name }),
  ])
}

async function key({ settings }: Asked): Promise<Fact[]> {
  // How old one is that something else gives, only that knows.
  const path = masterKeyPath(settings)
  const made = path === undefined ? undefined : (await stat(path)).mtimeMs
  return stamp('tartan_sealing_key_created_timestamp_seconds', made)
}

async function certificate({ settings }: Asked): Promise<Fact[]> {
  const tls = await readTls(settings)
  return stamp('tartan_tls_not_after_timestamp_seconds', tls && Date.parse(tls.not_after))
}

async function alerts({ pool }: Asked): Promise<Fact[]> {
  const firing = (await openIncidents(pool)).filter(({ firedAt }) => firedAt !== null)
  const count = ({ name }: Rule) => firing.filter(({ rule }) => rule === name).length
  const ways = await wayStates(pool)
  return [
    ...rules.flatMap((rule) => {
      const labels = { rule: rule.name, severity: rule.severity }
      return fact('tartan_alerts', count(rule), labels)
    }),
    ...ways.flatMap(({ way, waiting, waitingSince, error }) => [
      ...fact('tartan_alert_messages_waiting', waiting, { way }),
      ...(waitingSince === null
        ? []
        : fact(
            'tartan_alert_message_oldest_timestamp_seconds',
            inSeconds(waitingSince),
            { way },
            error === null ? {} : { detail: error },
          )),
    ]),
  ]
}
