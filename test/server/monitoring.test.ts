// deploy/monitoring is what the table makes, and every name in it is a metric that there is;
// test/long/monitoring.test.ts has Prometheus' own tool look at it.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dashboard, panels } from '../../src/server/alerts/dashboard.ts'
import { metricsTable, rulesTable } from '../../src/server/alerts/pages.ts'
import { rulesFile, rulesTests } from '../../src/server/alerts/prometheus.ts'
import { rules } from '../../src/server/alerts/rules.ts'
import { metricTable } from '../../src/std/metric-table.ts'

const project = resolve(import.meta.dirname, '../..')
const folder = join(project, 'deploy/monitoring')
const files: Record<string, string> = {
  'tartan.rules.yml': rulesFile(),
  'tartan.rules.test.yml': rulesTests(),
  'grafana-dashboard.json': dashboard(),
}

describe('the files of deploy/monitoring', () => {
  test.each(Object.entries(files))('%s is what the table makes', (name, made) => {
    expect(readFileSync(join(folder, name), 'utf8')).toBe(`${made.trimEnd()}\n`)
  })

  test('docs/alerts.md has the tables of rules and of metrics', () => {
    const page = readFileSync(join(project, 'docs/alerts.md'), 'utf8')
    expect(page).toContain(rulesTable())
    expect(page).toContain(metricsTable())
  })

  test('every name of ours in them is a metric that there is', () => {
    const names = Object.values(files).flatMap((text) =>
      [...text.matchAll(/\btartan_\w+/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, '')),
    )
    expect(new Set(names).size).toBeGreaterThan(rules.length)
    expect(names.filter((name) => !(name in metricTable))).toEqual([])
  })

  test('the dashboard has a place for each panel, and none lies over another', () => {
    const { panels: placed } = JSON.parse(dashboard()) as {
      panels: { gridPos: { x: number; y: number; w: number; h: number } }[]
    }
    expect(placed).toHaveLength(panels.length)
    const cells = placed.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(placed.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
  })
})
