// The same rules for Prometheus: a file of alerting rules, and promtool's tests of every one of
// them (pure). Both are made of the table, so that what Tartan tells by itself and what Prometheus
// tells are one thing; test/server/monitoring.test.ts holds the files in deploy/monitoring to it.
import { metricTable } from '../../std/metric-table.ts'
import { calmMs } from './judge.ts'
import { type Rule, rules } from './rules.ts'

const MADE = 'Made by: ./tartan alerts rules --format'

const WHERE_UNHEARD = 'See whether it runs (./tartan status), and whether Prometheus reaches it.'

/** JSON is YAML: no text of ours needs another kind of quoting. */
const text = (value: string) => JSON.stringify(value)

export function rulesFile(): string {
  const blocks = rules.map((rule) =>
    [
      `      - alert: Tartan${rule.name}`,
      `        expr: ${text(expressionOf(rule))}`,
      `        for: ${rule.forSeconds}s`,
      `        keep_firing_for: ${calmMs / 1_000}s`,
      `        labels: {severity: ${rule.severity}}`,
      '        annotations:',
      `          summary: ${text(summaryOf(rule))}`,
      `          description: ${text(rule.todo)}`,
    ].join('\n'),
  )
  return `# ${MADE} prometheus > deploy/monitoring/tartan.rules.yml
# The same alerts that Tartan tells by itself, and one that it cannot: that nothing is heard of it.
groups:
  - name: tartan
    rules:
      - alert: TartanUnheard
        expr: ${text('up{job="tartan"} == 0 or absent(up{job="tartan"})')}
        for: 5m
        labels: {severity: critical}
        annotations:
          summary: "Nothing is heard of Tartan at {{ $labels.instance }}"
          description: ${text(WHERE_UNHEARD)}
${blocks.join('\n')}
`
}

/** Several processes may tell the same: the worst of what they say counts. */
function expressionOf({ metric, among, is, than }: Rule): string {
  const { labels }: { labels: readonly string[] } = metricTable[metric]
  const chosen = among ? `{${among.label}=~"${among.values.join('|')}"}` : ''
  const worst = is === 'above' ? 'max' : 'min'
  const by = labels.length === 0 ? '' : ` by (${labels.join(', ')}) `
  const value = `${worst}${by}(${metric}${chosen})`
  if (is === 'older') return `time() - ${value} > ${than}`
  if (is === 'sooner') return `${value} - time() < ${than}`
  return `${value} ${is === 'above' ? '>' : '<'} ${than}`
}

/** The title, with Prometheus's own way of filling it. */
function summaryOf(rule: Rule): string {
  const { is, metric } = rule
  const isTime = is === 'older' || is === 'sooner' || metric.endsWith('_seconds')
  const shown = isTime
    ? '{{ $value | humanizeDuration }}'
    : metric.endsWith('_ratio')
      ? '{{ $value | humanizePercentage }}'
      : '{{ $value }}'
  return rule.title.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === 'value' ? shown : `{{ $labels.${name} }}`,
  )
}

/** Of each rule: well, it is silent; wrong, it fires in its time, with its labels and words. */
export function rulesTests(): string {
  return `# ${MADE} promtool > deploy/monitoring/tartan.rules.test.yml
# Run: promtool test rules deploy/monitoring/tartan.rules.test.yml
rule_files: [tartan.rules.yml]
evaluation_interval: 1m
tests:
${[UNHEARD, ...rules.map(testOf)].join('\n')}
`
}

const UNHEARD = `  - interval: 1m
    input_series:
      - {series: "up{job=\\"tartan\\", instance=\\"a\\"}", values: "1x10 0x20"}
    alert_rule_test:
      - {eval_time: 10m, alertname: TartanUnheard, exp_alerts: []}
      - eval_time: 20m
        alertname: TartanUnheard
        exp_alerts:
          - exp_labels: {severity: critical, job: tartan, instance: a}
            exp_annotations:
              summary: "Nothing is heard of Tartan at a"
              description: ${text(WHERE_UNHEARD)}`

const wellMinutes = 10
const minute = 60

function testOf(rule: Rule): string {
  const labels = sampleLabels(rule)
  const series = `${rule.metric}{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}}`
  const { values, firesAt, value } = course(rule)
  const told = Object.entries({ ...labels, severity: rule.severity })
  const summary = rule.title.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === 'value' ? shownValue(rule, value) : (labels[name] ?? ''),
  )
  return `  - interval: 1m
    input_series:
      - {series: ${text(series)}, values: ${text(values)}}
    alert_rule_test:
      - {eval_time: ${firesAt - 2}m, alertname: Tartan${rule.name}, exp_alerts: []}
      - eval_time: ${firesAt}m
        alertname: Tartan${rule.name}
        exp_alerts:
          - exp_labels: {${told.map(([name, of]) => `${name}: ${text(of)}`).join(', ')}}
            exp_annotations:
              summary: ${text(summary)}
              description: ${text(rule.todo)}`
}

function sampleLabels({ metric, among, name, severity }: Rule): Record<string, string> {
  const { labels }: { labels: readonly string[] } = metricTable[metric]
  const values: Record<string, string> = { rule: name, severity }
  return Object.fromEntries(
    labels.map((label) => [
      label,
      among?.label === label ? (among.values[0] ?? '') : (values[label] ?? `some ${label}`),
    ]),
  )
}

interface Course {
  /** As promtool takes them, one a minute; its clock begins at 0. */
  values: string
  /** The minute in which it is there, two minutes after one in which it is not yet. */
  firesAt: number
  /** What the rule makes of it in that minute. */
  value: number
}

function course({ is, than, forSeconds }: Rule): Course {
  const held = Math.ceil(forSeconds / minute)
  if (is === 'older' || is === 'sooner') {
    // The moment stands still, and the clock comes to the bound.
    const bound = wellMinutes * minute
    const at = is === 'older' ? bound - than : bound + than
    const firesAt = wellMinutes + 1 + held
    const value = is === 'older' ? firesAt * minute - at : at - firesAt * minute
    return { values: `${at}x${firesAt + 5}`, firesAt, value }
  }
  const value = is === 'above' ? than + 1 : than / 2
  const firesAt = wellMinutes + 1 + held
  return { values: `${than}x${wellMinutes} ${value}x${held + 5}`, firesAt, value }
}

function shownValue({ is, metric }: Rule, value: number): string {
  if (is === 'older' || is === 'sooner' || metric.endsWith('_seconds')) return goDuration(value)
  return metric.endsWith('_ratio') ? `${value * 100}%` : String(value)
}

/** As Prometheus humanizes one of whole seconds. */
function goDuration(seconds: number): string {
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit))
  const parts: [number, string][] = [
    [days ?? 0, 'd'],
    [(hours ?? 0) % 24, 'h'],
    [(minutes ?? 0) % 60, 'm'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([n]) => n > 0)
  return (first === -1 ? [[0, 's']] : parts.slice(first))
    .map(([n, unit]) => `${n}${unit}`)
    .join(' ')
}
