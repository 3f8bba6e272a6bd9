// Prometheus' own tool takes the rules of deploy/monitoring, tests each of them, and takes every
// expression of the dashboard.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { panels } from '../../src/server/alerts/dashboard.ts'
import { rulesFile, rulesTests } from '../../src/server/alerts/prometheus.ts'
import { rules } from '../../src/server/alerts/rules.ts'
import { hasPromtool, promtool } from '../support/promtool.ts'

const folder = resolve(import.meta.dirname, '../../deploy/monitoring')

describe.runIf(hasPromtool)('promtool', () => {
  test('takes the rules, and the configuration around them', async () => {
    await promtool(folder, 'check', 'rules', 'tartan.rules.yml')
    await promtool(folder, 'check', 'config', '--syntax-only', 'prometheus.yml')
  })

  test('finds every rule silent where all is well, and firing where it is not', async () => {
    expect((await promtool(folder, 'test', 'rules', 'tartan.rules.test.yml')).stdout).toContain(
      'SUCCESS',
    )
    for (const { name } of rules) expect(rulesTests()).toContain(name)
  })

  test('notices a rule that is wrong, and takes what the dashboard asks', async () => {
    const other = mkdtempSync(join(tmpdir(), 'tartan promtool '))
    try {
      const wrong = rulesFile().replace('consecutive_failures) > 2', 'consecutive_failures) > 4')
      writeFileSync(join(other, 'tartan.rules.yml'), wrong)
      writeFileSync(join(other, 'tests.yml'), rulesTests())
      await expect(promtool(other, 'test', 'rules', join(other, 'tests.yml'))).rejects.toThrow()
      const expressions = panels.flatMap(({ queries }) => queries.map(([expr]) => expr))
      const recorded = expressions.map((expr, i) => ({ record: `panel:${i}`, expr }))
      const asked = { groups: [{ name: 'dashboard', rules: recorded }] }
      writeFileSync(join(other, 'dashboard.yml'), JSON.stringify(asked))
      await promtool(folder, 'check', 'rules', join(other, 'dashboard.yml'))
    } finally {
      rmSync(other, { recursive: true })
    }
  })
})
