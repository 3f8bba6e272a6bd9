// What somebody is told of: the one table of rules (pure). Each is a metric, a bound and a sentence
// that says what to do, so that what Tartan tells by itself (judge.ts) and what Prometheus is given
// (prometheus.ts) are the same by construction. Where a bound depends on somebody's schedule, the
// metric is the moment by which something is to have happened.
import type { MetricName } from '../../std/metric-table.ts'
import type { Sample } from '../../std/samples.ts'

export type Severity = 'critical' | 'warning' | 'info'

export interface Rule {
  name: string
  severity: Severity
  metric: MetricName
  /** Of which samples; of every one where it is left out. */
  among?: { label: string; values: readonly string[] }
  /** Above or below a number; a moment that is older than, or sooner than, so many seconds. */
  is: 'above' | 'below' | 'older' | 'sooner'
  than: number
  /** How long it is to hold before it counts. */
  forSeconds: number
  /** With `{label}`s of the sample, and `{value}` as it is read. */
  title: string
  /** One more of them is news, be it within the time after which it is told again. */
  counts?: true
  /** What it is about, and from when on, for the docs. */
  doc: string
  /** What to do. */
  todo: string
}

const minute = 60
const hour = 60 * minute
const day = 24 * hour

export const rules: readonly Rule[] = [
  {
    name: 'SyncFailing',
    severity: 'warning',
    metric: 'tartan_sync_consecutive_failures',
    is: 'above',
    than: 2,
    forSeconds: 0,
    title: 'Sync {connection} failed {value} times in a row',
    doc: 'A connection’s sync failed three times in a row, each with all its attempts.',
    todo: 'Read why in the job’s log (./tartan jobs, or the job’s page), mend it, and sync again.',
  },
  {
    name: 'WarehouseStale',
    severity: 'critical',
    metric: 'tartan_sync_expected_timestamp_seconds',
    is: 'older',
    than: 0,
    forSeconds: 0,
    title: 'The warehouse of {connection} is stale: a sync is overdue by {value}',
    doc: 'No sync succeeded for two turns of the connection’s schedule and an hour.',
    todo: 'See whether server and worker run (./tartan status) and why syncs fail (./tartan jobs).',
  },
  {
    name: 'JobsWaiting',
    severity: 'warning',
    metric: 'tartan_job_oldest_due_timestamp_seconds',
    is: 'older',
    than: hour,
    forSeconds: 0,
    title: 'A job waits for a worker since {value}',
    doc: 'A job has been due for an hour and no worker took it.',
    todo: 'See whether the worker runs; raise TARTAN_WORKER_JOBS_MAX, or run another worker.',
  },
  {
    name: 'PostSyncFailing',
    severity: 'warning',
    metric: 'tartan_post_sync_failed',
    is: 'above',
    than: 0,
    forSeconds: 0,
    title: 'What runs after the sync {connection} failed',
    doc: 'The command after the last sync (dbt, for instance) failed; the sync itself did not.',
    todo: 'Read its output in the job’s log, mend it; the next sync runs it again.',
  },
  {
    name: 'BanksNeedTheirOwner',
    severity: 'warning',
    metric: 'tartan_items',
    among: { label: 'status', values: ['needs_user', 'revoked', 'gone'] },
    is: 'above',
    than: 0,
    forSeconds: 15 * minute,
    counts: true,
    title: '{value} of the banks: {status}',
    doc: 'An Item wants its owner for a quarter of an hour: to log in, or to link it again.',
    todo: 'Let its owner mend it: the bank’s page, or ./tartan repair; if it is gone, a new link.',
  },
  {
    name: 'ConsentEnds',
    severity: 'warning',
    metric: 'tartan_item_consent_end_timestamp_seconds',
    is: 'sooner',
    than: 7 * day,
    forSeconds: 0,
    title: 'A bank’s consent ends in {value}',
    doc: 'The first of the consents that end, or of the logins a bank ends, has a week left.',
    todo: 'Let its owner renew it before that day: the bank’s page, or ./tartan repair.',
  },
  {
    name: 'BanksUnreachable',
    severity: 'warning',
    metric: 'tartan_items',
    among: { label: 'status', values: ['error'] },
    is: 'above',
    than: 0,
    forSeconds: 6 * hour,
    counts: true,
    title: '{value} of the banks cannot be read',
    doc: 'An Item could not be read for six hours, though it is tried again by itself.',
    todo: 'Run ./tartan check; where Plaid or the bank is down (status.plaid.com), wait.',
  },
  {
    name: 'PullsLate',
    severity: 'critical',
    metric: 'tartan_pull_lag_seconds',
    is: 'above',
    than: hour,
    forSeconds: 5 * minute,
    title: 'Banks are not read: a pull is due since {value}',
    doc: 'A pull has been due for an hour and nothing began it.',
    todo: 'See whether plaid-api runs and what it says: ./tartan status, ./tartan logs plaid-api.',
  },
  {
    name: 'WebhooksSilent',
    severity: 'warning',
    metric: 'tartan_webhook_expected_timestamp_seconds',
    is: 'older',
    than: 0,
    forSeconds: 0,
    title: 'Plaid’s webhooks have not come for more than three days (by {value})',
    doc: 'Webhooks came before, banks are healthy, and none came for three days.',
    todo: 'See what plaid-api’s log says, and whether TARTAN_PUBLIC_URL is reached from outside.',
  },
  {
    name: 'WebhooksRefused',
    severity: 'warning',
    metric: 'tartan_webhook_refusals',
    is: 'above',
    than: 2,
    forSeconds: 0,
    title: '{value} webhooks were refused within an hour: {reason}',
    doc: 'Three webhooks were refused at the door within an hour, for the same reason.',
    todo:
      'By what it says: set this machine’s clock; let no proxy change body or header; see that ' +
      'PLAID_ENV is the one Plaid sends from. Not signed, or by unknown keys: it is no bank’s ' +
      'news but a stranger’s; let only Plaid’s addresses in, or silence it, and have a proxy ' +
      'say X-Forwarded-For.',
  },
  {
    name: 'WebhooksWaiting',
    severity: 'warning',
    metric: 'tartan_webhook_oldest_waiting_timestamp_seconds',
    is: 'older',
    than: 15 * minute,
    forSeconds: 0,
    title: 'Plaid’s webhooks wait to be worked on since {value}',
    doc: 'A webhook was received a quarter of an hour ago and nobody worked on it.',
    todo: 'See whether plaid-api runs and what it says: ./tartan status, ./tartan logs plaid-api.',
  },
  {
    name: 'WebhookAddressRefused',
    severity: 'warning',
    metric: 'tartan_webhook_addresses_failed',
    is: 'above',
    than: 0,
    forSeconds: 15 * minute,
    title: 'Plaid refuses the address of the webhooks of {value} of the banks',
    doc: 'Plaid could not be told for a quarter of an hour where an Item’s webhooks are to go.',
    todo: 'Read why in /webhooks/status: mostly the address is not https, or not reached.',
  },
  {
    name: 'VerifyDiffers',
    severity: 'critical',
    metric: 'tartan_verify_differs',
    is: 'above',
    than: 0,
    forSeconds: 0,
    title: 'The last verification found that bank, store and warehouse differ',
    doc: 'The last verification, by the web app or ./tartan verify, found a difference.',
    todo: 'Do what ./tartan verify, or the page Verify, says that helps; if it stays, tell us.',
  },
  {
    name: 'BackupOld',
    severity: 'critical',
    metric: 'tartan_backup_expected_timestamp_seconds',
    is: 'older',
    than: 0,
    forSeconds: 0,
    title: 'The {kind} backup is overdue by {value}',
    doc: 'The backup that was due two hours ago is not there.',
    todo: 'Read why in ./tartan logs server, mend it, and take one now: ./tartan backup.',
  },
  {
    name: 'BackupUnverified',
    severity: 'info',
    metric: 'tartan_backup_verify_expected_timestamp_seconds',
    is: 'older',
    than: 0,
    forSeconds: 0,
    title: 'No {kind} backup was verified for more than eight days (by {value})',
    doc: 'For eight days no backup was restored to see that it can be.',
    todo: 'Run ./tartan backup verify; a weekly line in your crontab does it for good.',
  },
  {
    name: 'WalNotKept',
    severity: 'critical',
    metric: 'tartan_backup_wal_waiting_timestamp_seconds',
    is: 'older',
    than: 15 * minute,
    forSeconds: 0,
    title: 'The WAL is not taken to the backups since {value}',
    doc: 'The WAL of the embedded database waits for a quarter of an hour to be kept.',
    todo:
      'Make room at TARTAN_BACKUP_DIR, or see why in ./tartan logs server and postgres: until ' +
      'then nothing later is restored, and what waits fills the data’s disk, which stops the ' +
      'database when it is full. TARTAN_BACKUP_WAL_MINUTES=0 ends it.',
  },
  {
    name: 'DiskFilling',
    severity: 'critical',
    metric: 'tartan_disk_free_ratio',
    is: 'below',
    than: 0.1,
    forSeconds: 5 * minute,
    title: 'The disk of the {folder} folder has {value} left',
    doc: 'For five minutes less than a tenth of the data’s or the backups’ disk was free.',
    todo: 'Make room, or move the folder to a larger disk: a full one stops databases and backups.',
  },
  {
    name: 'ProcessDown',
    severity: 'critical',
    metric: 'tartan_process_up',
    is: 'below',
    than: 1,
    forSeconds: 5 * minute,
    title: '{process} does not run',
    doc: 'A process of Tartan’s did not run for five minutes.',
    todo: 'Read its last words: ./tartan status, ./tartan logs; mend it, and start it again.',
  },
  {
    name: 'ProcessRestarting',
    severity: 'warning',
    metric: 'tartan_process_restarts',
    is: 'above',
    than: 3,
    forSeconds: 0,
    title: '{process} was started again {value} times within an hour',
    doc: 'The supervisor had to start a process again more than three times within an hour.',
    todo: 'Read why it ends: ./tartan status, ./tartan logs.',
  },
  {
    name: 'CertificateEnds',
    severity: 'critical',
    metric: 'tartan_tls_not_after_timestamp_seconds',
    is: 'sooner',
    than: 14 * day,
    forSeconds: 0,
    title: 'The TLS certificate ends in {value}',
    doc: 'The certificate of our own TLS has less than two weeks left.',
    todo: 'Renew it and put it where the old one is: it is taken without a restart.',
  },
  {
    name: 'KeyOld',
    severity: 'info',
    metric: 'tartan_sealing_key_created_timestamp_seconds',
    is: 'older',
    than: 365 * day,
    forSeconds: 0,
    title: 'The key that seals access tokens is {value} old',
    doc: 'The key that seals access tokens is more than a year old.',
    todo: 'Replace it while everything runs: ./tartan master-key rotate; keep the new one apart.',
  },
  {
    name: 'MessagesStuck',
    severity: 'warning',
    metric: 'tartan_alert_message_oldest_timestamp_seconds',
    is: 'older',
    than: hour,
    forSeconds: 0,
    title: 'Messages about alerts do not get out by {way}, since {value}',
    doc: 'A way out has not taken a message for an hour.',
    todo: 'See why with ./tartan alerts ways, mend it; what waits is sent by itself.',
  },
]

export function ruleNamed(name: string): Rule | undefined {
  return rules.find((rule) => rule.name === name)
}

/** What a rule makes of a sample: its value as the rule reads it; undefined where all is well. */
export function breach(rule: Rule, sample: Sample, nowSeconds: number): number | undefined {
  if (rule.metric !== sample.metric) return undefined
  const { among, is, than } = rule
  if (among && !among.values.includes(sample.labels[among.label] ?? '')) return undefined
  const value =
    is === 'older'
      ? nowSeconds - sample.value
      : is === 'sooner'
        ? sample.value - nowSeconds
        : sample.value
  const isWrong = is === 'above' || is === 'older' ? value > than : value < than
  return isWrong ? value : undefined
}

/** The title of what was found, with its labels and its value in words. */
export function titleOf(rule: Rule, labels: Readonly<Record<string, string>>, value: number) {
  return rule.title.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === 'value' ? valueText(rule, value) : wordsOf(labels[name] ?? name),
  )
}

function valueText({ is, metric }: Rule, value: number): string {
  if (is === 'older' || is === 'sooner' || metric.endsWith('_seconds')) return duration(value)
  return metric.endsWith('_ratio') ? `${Math.floor(value * 100)} %` : String(value)
}

/** Plaid’s statuses, and why a webhook is refused, as a person says them. */
function wordsOf(label: string): string {
  return WORDS[label] ?? label
}

const WORDS: Record<string, string> = {
  needs_user: 'their owner must log in',
  revoked: 'their owner took the permission back',
  gone: 'Plaid knows them no more',
  WEBHOOK_UNSIGNED: 'not signed',
  WEBHOOK_SIGNATURE_INVALID: 'not signed by Plaid',
  WEBHOOK_OLD: 'signed too long ago',
  WEBHOOK_AHEAD: 'signed ahead of this machine’s clock',
  WEBHOOK_ALTERED: 'the body was altered on its way',
  WEBHOOK_KEY_UNKNOWN: 'Plaid knows no such key',
  WEBHOOK_KEY_EXPIRED: 'the key has expired',
  WEBHOOK_KEYS_HELD_BACK: 'too many signing keys that Plaid does not know, from one address',
}

const UNITS = [
  ['day', day],
  ['hour', hour],
  ['minute', minute],
] as const

/** In the largest unit of which there are two; a person wants to know which, not how exactly. */
export function duration(seconds: number): string {
  const whole = Math.max(0, seconds)
  const [unit, size] = UNITS.find(([, length]) => whole >= 2 * length) ?? ['second', 1]
  const count = Math.floor(whole / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
