// Every number that a service tells of itself at `/metrics`: the one table from which come their
// names, their types, their help and the page docs/alerts.md. Names are Prometheus's way: a prefix,
// the unit, `_total` where it only grows. No label has a value that somebody else could make
// without end, nor one that names an Item, an account or a person (L5, L9).

export interface MetricSpec {
  type: 'counter' | 'gauge' | 'histogram'
  help: string
  labels: readonly string[]
  /** Who tells it. `server` is the process of the engine’s API: it tells what databases know. */
  by: 'each service' | 'plaid-api' | 'server' | 'worker'
}

export const metricTable = {
  tartan_http_requests_total: {
    type: 'counter',
    help: 'Requests that were answered, by the route as it is written in the code.',
    labels: ['method', 'route', 'status'],
    by: 'each service',
  },
  tartan_http_request_duration_seconds: {
    type: 'histogram',
    help: 'From a request’s first byte to its answer’s last.',
    labels: ['method', 'route'],
    by: 'each service',
  },
  tartan_pool_connections: {
    type: 'gauge',
    help: 'Database connections of a pool: used, idle, or waited for.',
    labels: ['pool', 'state'],
    by: 'each service',
  },
  tartan_plaid_requests_total: {
    type: 'counter',
    help: 'Calls of Plaid, each try by itself: ok, limited, or what kind of failure.',
    labels: ['endpoint', 'outcome'],
    by: 'plaid-api',
  },
  tartan_plaid_request_duration_seconds: {
    type: 'histogram',
    help: 'How long Plaid took for one call.',
    labels: ['endpoint'],
    by: 'plaid-api',
  },
  tartan_plaid_limit_wait_seconds_total: {
    type: 'counter',
    help: 'How long calls were held back, so as to stay within Plaid’s limits.',
    labels: ['endpoint'],
    by: 'plaid-api',
  },
  tartan_pulls_total: {
    type: 'counter',
    help: 'Pulls of an Item that ended.',
    labels: ['mode', 'outcome'],
    by: 'plaid-api',
  },
  tartan_pull_duration_seconds: {
    type: 'histogram',
    help: 'How long a pull took.',
    labels: ['mode'],
    by: 'plaid-api',
  },
  tartan_webhooks_total: {
    type: 'counter',
    help: 'Webhooks that came: kept, or refused at the door.',
    labels: ['outcome'],
    by: 'plaid-api',
  },
  tartan_attempts_total: {
    type: 'counter',
    help: 'Attempts of jobs that ended here.',
    labels: ['type', 'outcome'],
    by: 'worker',
  },
  tartan_attempt_duration_seconds: {
    type: 'histogram',
    help: 'How long an attempt took.',
    labels: ['type'],
    by: 'worker',
  },
  tartan_jobs: {
    type: 'gauge',
    help: 'Jobs that have not ended: pending, running, or incomplete (to be tried again).',
    labels: ['status'],
    by: 'server',
  },
  tartan_job_oldest_due_timestamp_seconds: {
    type: 'gauge',
    help: 'Since when the job that waits longest for a worker is due; absent where none waits.',
    labels: [],
    by: 'server',
  },
  tartan_sync_jobs: {
    type: 'gauge',
    help: 'Syncs of the last day, by how they ended.',
    labels: ['connection', 'status'],
    by: 'server',
  },
  tartan_sync_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the connection’s last sync that succeeded ended.',
    labels: ['connection'],
    by: 'server',
  },
  tartan_sync_expected_timestamp_seconds: {
    type: 'gauge',
    help: 'By when the next is to have succeeded: two turns of the schedule and an hour.',
    labels: ['connection'],
    by: 'server',
  },
  tartan_sync_last_duration_seconds: {
    type: 'gauge',
    help: 'How long that last sync took, with all its attempts.',
    labels: ['connection'],
    by: 'server',
  },
  tartan_sync_last_records: {
    type: 'gauge',
    help: 'How many records it committed.',
    labels: ['connection'],
    by: 'server',
  },
  tartan_sync_consecutive_failures: {
    type: 'gauge',
    help: 'Syncs that failed since the last one that succeeded; at most 20 are counted.',
    labels: ['connection'],
    by: 'server',
  },
  tartan_post_sync_failed: {
    type: 'gauge',
    help: '1 where the command after the last sync failed.',
    labels: ['connection'],
    by: 'server',
  },
  tartan_stream_committed_timestamp_seconds: {
    type: 'gauge',
    help: 'When the destination last said that what it has of the stream is durable.',
    labels: ['connection', 'stream'],
    by: 'server',
  },
  tartan_warehouse_lag_seconds: {
    type: 'gauge',
    help: 'How far the warehouse’s position in the feed is behind the feed’s head.',
    labels: ['connection', 'stream'],
    by: 'server',
  },
  tartan_feed_head_timestamp_seconds: {
    type: 'gauge',
    help: 'The feed’s head: when something last changed in the store.',
    labels: [],
    by: 'server',
  },
  tartan_items: {
    type: 'gauge',
    help: 'Items by status; those that were removed or erased are not counted.',
    labels: ['status'],
    by: 'server',
  },
  tartan_items_due: {
    type: 'gauge',
    help: 'Items whose pull is due.',
    labels: [],
    by: 'server',
  },
  tartan_pull_lag_seconds: {
    type: 'gauge',
    help: 'For how long the Item that waits longest for its pull has been due.',
    labels: [],
    by: 'server',
  },
  tartan_item_oldest_pull_timestamp_seconds: {
    type: 'gauge',
    help: 'When the Item that was not read for the longest was read last.',
    labels: [],
    by: 'server',
  },
  tartan_item_consent_end_timestamp_seconds: {
    type: 'gauge',
    help: 'When the first of the consents that have an end ends; absent where none has.',
    labels: [],
    by: 'server',
  },
  tartan_webhook_last_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last webhook of Plaid’s was kept; absent before the first.',
    labels: [],
    by: 'server',
  },
  tartan_webhook_expected_timestamp_seconds: {
    type: 'gauge',
    help: 'By when the next is to have come: three days after the last, while banks are healthy.',
    labels: [],
    by: 'server',
  },
  tartan_webhook_refusals: {
    type: 'gauge',
    help: 'Webhooks that were refused at the door within the last hour, by why.',
    labels: ['reason'],
    by: 'server',
  },
  tartan_webhook_oldest_waiting_timestamp_seconds: {
    type: 'gauge',
    help: 'When the oldest webhook was received that nobody has worked on; none where none waits.',
    labels: [],
    by: 'server',
  },
  tartan_webhook_addresses_failed: {
    type: 'gauge',
    help: 'Items of which Plaid refused the address that their webhooks are to go to.',
    labels: [],
    by: 'server',
  },
  tartan_verify_differs: {
    type: 'gauge',
    help: '1 where the last verification found that bank, store and warehouse differ.',
    labels: [],
    by: 'server',
  },
  tartan_verify_last_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last verification ended.',
    labels: [],
    by: 'server',
  },
  tartan_backups: { type: 'gauge', help: 'Backups that are kept.', labels: ['kind'], by: 'server' },
  tartan_backup_bytes: {
    type: 'gauge',
    help: 'How large the newest is of its kind.',
    labels: ['kind'],
    by: 'server',
  },
  tartan_backup_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the newest was taken.',
    labels: ['kind'],
    by: 'server',
  },
  tartan_backup_last_verified_timestamp_seconds: {
    type: 'gauge',
    help: 'When one was last restored to see that it can be.',
    labels: ['kind'],
    by: 'server',
  },
  tartan_backup_expected_timestamp_seconds: {
    type: 'gauge',
    help: 'By when the next is to be there: its time and two hours.',
    labels: ['kind'],
    by: 'server',
  },
  tartan_backup_verify_expected_timestamp_seconds: {
    type: 'gauge',
    help: 'By when one is to be verified again: eight days after the last, or after the first.',
    labels: ['kind'],
    by: 'server',
  },
  tartan_backup_wal_waiting_timestamp_seconds: {
    type: 'gauge',
    help: 'Since when the oldest WAL waits to be taken to the backups; none: nothing waits.',
    labels: [],
    by: 'server',
  },
  tartan_disk_free_bytes: {
    type: 'gauge',
    help: 'Room on the disk of a folder.',
    labels: ['folder'],
    by: 'server',
  },
  tartan_disk_free_ratio: {
    type: 'gauge',
    help: 'The same as a part of the whole disk, 0 to 1.',
    labels: ['folder'],
    by: 'server',
  },
  tartan_process_up: {
    type: 'gauge',
    help: '1 while a process of Tartan’s runs; in containers, while it says that it is ready.',
    labels: ['process'],
    by: 'server',
  },
  tartan_process_restarts: {
    type: 'gauge',
    help: 'How often the supervisor had to start it again within the last hour.',
    labels: ['process'],
    by: 'server',
  },
  tartan_sealing_key_created_timestamp_seconds: {
    type: 'gauge',
    help: 'When the key that seals access tokens was made.',
    labels: [],
    by: 'server',
  },
  tartan_tls_not_after_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate of our own TLS ends; absent where there is none.',
    labels: [],
    by: 'server',
  },
  tartan_alerts: {
    type: 'gauge',
    help: 'Alerts that are firing; 0 where none of the rule is.',
    labels: ['rule', 'severity'],
    by: 'server',
  },
  tartan_alert_messages_waiting: {
    type: 'gauge',
    help: 'Messages about alerts that a way out has not taken yet.',
    labels: ['way'],
    by: 'server',
  },
  tartan_alert_message_oldest_timestamp_seconds: {
    type: 'gauge',
    help: 'Since when the oldest of them waits; absent where none does.',
    labels: ['way'],
    by: 'server',
  },
} as const satisfies Record<string, MetricSpec>

export type MetricName = keyof typeof metricTable
