// The Grafana dashboard in deploy/monitoring (pure): a panel a question, from top to bottom as one
// asks them: is something wrong, is the warehouse fresh, are the banks read, are the processes
// well. The classic model, which every Grafana since 9 takes.

interface Panel {
  title: string
  type: 'stat' | 'timeseries'
  unit: 'short' | 's' | 'bytes' | 'percentunit' | 'dateTimeFromNow' | 'reqps'
  /** Of 24. */
  width: number
  queries: [expr: string, legend: string][]
}

const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}[5m]))`
const p95 = (metric: string, by: string) =>
  `histogram_quantile(0.95, sum by (le, ${by}) (rate(${metric}_bucket[5m])))`

export const panels: readonly Panel[] = [
  {
    title: 'Alerts that are firing',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [['sum by (severity) (tartan_alerts)', '{{severity}}']],
  },
  {
    title: 'Last sync that succeeded',
    type: 'stat',
    unit: 'dateTimeFromNow',
    width: 6,
    queries: [
      ['max by (connection) (tartan_sync_last_success_timestamp_seconds) * 1000', '{{connection}}'],
    ],
  },
  {
    title: 'Items by status',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [['max by (status) (tartan_items)', '{{status}}']],
  },
  {
    title: 'Last backup',
    type: 'stat',
    unit: 'dateTimeFromNow',
    width: 6,
    queries: [
      ['max by (kind) (tartan_backup_last_success_timestamp_seconds) * 1000', '{{kind}} taken'],
      ['max by (kind) (tartan_backup_last_verified_timestamp_seconds) * 1000', '{{kind}} verified'],
    ],
  },
  {
    title: 'How far the warehouse is behind the feed',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [
      ['max by (connection, stream) (tartan_warehouse_lag_seconds)', '{{connection}} {{stream}}'],
    ],
  },
  {
    title: 'Syncs of the last day',
    type: 'timeseries',
    unit: 'short',
    width: 8,
    queries: [
      ['max by (connection, status) (tartan_sync_jobs)', '{{connection}} {{status}}'],
      [
        'max by (connection) (tartan_sync_consecutive_failures)',
        '{{connection}} failures in a row',
      ],
    ],
  },
  {
    title: 'How long a sync takes',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [
      ['max by (connection) (tartan_sync_last_duration_seconds)', '{{connection}}'],
      [p95('tartan_attempt_duration_seconds', 'type'), 'p95 of attempts, {{type}}'],
    ],
  },
  {
    title: 'Jobs that have not ended',
    type: 'timeseries',
    unit: 'short',
    width: 8,
    queries: [['max by (status) (tartan_jobs)', '{{status}}']],
  },
  {
    title: 'Pulls',
    type: 'timeseries',
    unit: 'reqps',
    width: 8,
    queries: [[rate('tartan_pulls_total', 'outcome'), '{{outcome}}']],
  },
  {
    title: 'For how long a pull is due',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [['max(tartan_pull_lag_seconds)', 'oldest']],
  },
  {
    title: 'Webhooks',
    type: 'timeseries',
    unit: 'reqps',
    width: 8,
    queries: [[rate('tartan_webhooks_total', 'outcome'), '{{outcome}}']],
  },
  {
    title: 'Webhooks refused within an hour',
    type: 'timeseries',
    unit: 'short',
    width: 8,
    queries: [['max by (reason) (tartan_webhook_refusals)', '{{reason}}']],
  },
  {
    title: 'Calls of Plaid',
    type: 'timeseries',
    unit: 'reqps',
    width: 8,
    queries: [
      [rate('tartan_plaid_requests_total', 'endpoint, outcome'), '{{endpoint}} {{outcome}}'],
    ],
  },
  {
    title: 'How long Plaid takes, p95',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [[p95('tartan_plaid_request_duration_seconds', 'endpoint'), '{{endpoint}}']],
  },
  {
    title: 'Held back by Plaid’s limits, seconds a second',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [[rate('tartan_plaid_limit_wait_seconds_total', 'endpoint'), '{{endpoint}}']],
  },
  {
    title: 'Requests',
    type: 'timeseries',
    unit: 'reqps',
    width: 8,
    queries: [[rate('tartan_http_requests_total', 'instance, status'), '{{instance}} {{status}}']],
  },
  {
    title: 'How long a request takes, p95',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [[p95('tartan_http_request_duration_seconds', 'instance, route'), '{{route}}']],
  },
  {
    title: 'Database connections',
    type: 'timeseries',
    unit: 'short',
    width: 8,
    queries: [['sum by (instance, pool, state) (tartan_pool_connections)', '{{pool}} {{state}}']],
  },
  {
    title: 'Event loop, p99',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [['nodejs_eventloop_lag_p99_seconds{job="tartan"}', '{{instance}}']],
  },
  {
    title: 'Memory',
    type: 'timeseries',
    unit: 'bytes',
    width: 8,
    queries: [['process_resident_memory_bytes{job="tartan"}', '{{instance}}']],
  },
  {
    title: 'Room on disk',
    type: 'timeseries',
    unit: 'percentunit',
    width: 8,
    queries: [['min by (folder) (tartan_disk_free_ratio)', '{{folder}}']],
  },
]

const columns = 24
const heights = { stat: 4, timeseries: 8 }

export function dashboard(): string {
  let [x, y, lineHeight] = [0, 0, 0]
  const placed = panels.map(({ title, type, unit, width: w, queries }, i) => {
    const h = heights[type]
    if (x + w > columns) [x, y, lineHeight] = [0, y + lineHeight, 0]
    const gridPos = { x, y, w, h }
    x += w
    lineHeight = Math.max(lineHeight, h)
    return {
      id: i + 1,
      title,
      type,
      datasource: DATASOURCE,
      gridPos,
      fieldConfig: { defaults: { unit }, overrides: [] },
      targets: queries.map(([expr, legendFormat], at) => ({
        refId: String.fromCharCode(65 + at),
        datasource: DATASOURCE,
        expr,
        legendFormat,
      })),
    }
  })
  return `${JSON.stringify({ ...FRAME, panels: placed }, null, 2)}\n`
}

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' }
const FRAME = {
  uid: 'tartan',
  title: 'Tartan',
  schemaVersion: 39,
  version: 1,
  editable: true,
  time: { from: 'now-24h', to: 'now' },
  refresh: '1m',
  templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] },
}
