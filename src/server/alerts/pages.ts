// The tables of docs/alerts.md, made of what they tell of; a test holds the page to them.
import { metricTable, type MetricSpec } from '../../std/metric-table.ts'
import { rules } from './rules.ts'

export function rulesTable(): string {
  const rows = rules.map(
    ({ name, severity, doc, todo }) => `| \`${name}\` | ${severity} | ${doc} | ${todo} |`,
  )
  return ['| alert | severity | when | what to do |', '|---|---|---|---|', ...rows, ''].join('\n')
}

export function metricsTable(): string {
  const specs: [string, MetricSpec][] = Object.entries(metricTable)
  const rows = specs.map(([name, { type, labels, by, help }]) => {
    const labelled = labels.map((label) => `\`${label}\``).join(' ')
    return `| \`${name}\` | ${type} | ${labelled} | ${by} | ${help} |`
  })
  const head = '| metric | type | labels | told by | what it is |'
  return [head, '|---|---|---|---|---|', ...rows, ''].join('\n')
}
