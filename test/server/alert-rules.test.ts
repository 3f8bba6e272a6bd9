// The rules, and what becomes of an alert from one look to the next.
import { describe, expect, test } from 'vitest'
import type { Fact, Facts } from '../../src/server/alerts/fact.ts'
import {
  calmMs,
  growthMs,
  type Incident,
  judge,
  type Judged,
  keyOf,
  type Silence,
} from '../../src/server/alerts/judge.ts'
import { breach, duration, type Rule, rules, titleOf } from '../../src/server/alerts/rules.ts'
import { metricTable, type MetricName } from '../../src/std/metric-table.ts'
import { uuid } from '../../src/std/ids.ts'

const minute = 60_000
const hour = 60 * minute
const repeatMs = 24 * hour

describe('the table of rules', () => {
  test('each has its own name, a metric that the server tells, and sentences', () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length)
    for (const rule of rules) {
      const { by, labels, type } = metricTable[rule.metric]
      expect([by, type], rule.name).toEqual(['server', 'gauge'])
      const named = [...rule.title.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(['value', ...labels]).toEqual(expect.arrayContaining(named))
      if (rule.among) expect(labels).toContain(rule.among.label)
      expect(rule.doc).toMatch(/^[A-Z].*\.$/)
      expect(rule.todo).toMatch(/^[A-Z].*\.$/)
    }
  })

  test('a bound is passed, not met', () => {
    const at = (is: Rule['is'], than: number, value: number) => {
      const rule = { ...rules[0]!, metric: 'tartan_items_due', is, than } as const
      return breach(rule, { metric: 'tartan_items_due', labels: {}, value }, 1_000)
    }
    expect([at('above', 2, 2), at('above', 2, 3)]).toEqual([undefined, 3])
    expect([at('below', 2, 2), at('below', 2, 1)]).toEqual([undefined, 1])
    expect([at('older', 60, 940), at('older', 60, 939)]).toEqual([undefined, 61])
    expect([at('sooner', 60, 1_060), at('sooner', 60, 1_059)]).toEqual([undefined, 59])
  })

  test('a title has values as a person reads them', () => {
    const title = (name: string, labels: Record<string, string>, value: number) =>
      titleOf(
        rules.find((rule) => rule.name === name)!,
        labels,
        value,
      )
    expect(title('DiskFilling', { folder: 'data' }, 0.0712)).toBe(
      'The disk of the data folder has 7 % left',
    )
    expect(title('ConsentEnds', {}, 3.5 * 86_400)).toBe('A bank’s consent ends in 3 days')
    expect(title('BanksNeedTheirOwner', { status: 'needs_user' }, 2)).toBe(
      '2 of the banks: their owner must log in',
    )
    expect([90, 7_200, 7_199, 1, -5].map(duration)).toEqual([
      '90 seconds',
      '2 hours',
      '119 minutes',
      '1 second',
      '0 seconds',
    ])
  })
})

describe('an alert', () => {
  test('fires once, is told again after its time, and to be over when it was well a while', () => {
    const watch = watched(failing())
    expect(watch.look(0, [failures(2)])).toEqual([])
    expect(watch.look(1, [failures(3)])).toEqual(['fired'])
    expect(watch.look(2, [failures(4)])).toEqual([])
    expect(watch.look(repeatMs, [failures(5)])).toEqual([])
    expect(watch.look(repeatMs + 1, [failures(6)])).toEqual(['again'])
    expect(watch.look(repeatMs + 2, [failures(6)])).toEqual([])
    expect(watch.look(repeatMs + 3, [failures(0)])).toEqual([])
    expect(watch.look(repeatMs + 3 + calmMs - 1, [failures(0)])).toEqual([])
    expect(watch.look(repeatMs + 3 + calmMs, [failures(0)])).toEqual(['over'])
    expect(watch.open).toEqual([])
    expect(watch.look(repeatMs + 4 + calmMs, [failures(3)])).toEqual(['fired'])
  })

  test('that comes and goes each minute is one incident', () => {
    const watch = watched(failing())
    const told = Array.from({ length: 60 }, (_, i) =>
      watch.look(i * minute, [failures(i % 2 === 0 ? 3 : 0)]),
    )
    expect(told.flat()).toEqual(['fired'])
    expect(watch.ids.size).toBe(1)
  })

  test('has to hold for as long as its rule says; one that does not was never there', () => {
    const rule = { ...failing(), forSeconds: 600 }
    const watch = watched(rule)
    expect(watch.look(0, [failures(3)])).toEqual([])
    expect(watch.look(599_999, [failures(3)])).toEqual([])
    expect(watch.look(599_999, [])).toEqual([])
    expect(watch.open).toEqual([])
    expect(watch.look(600_000, [failures(3)])).toEqual([])
    expect(watch.look(1_200_000, [failures(3)])).toEqual(['fired'])
  })

  test('neither begins nor ends while nobody can look', () => {
    const watch = watched(failing())
    watch.look(0, [failures(3)])
    expect(watch.look(calmMs, [], false)).toEqual([])
    expect(watch.look(3 * calmMs, [], false)).toEqual([])
    expect(watch.open).toMatchObject([{ wellSince: null, endedAt: null }])
    expect(watch.look(4 * calmMs, [failures(3)])).toEqual([])
  })

  test('of one connection is none of another', () => {
    const watch = watched(failing())
    expect(watch.look(0, [failures(3, 'a'), failures(0, 'b')])).toEqual(['fired'])
    expect(watch.look(1, [failures(3, 'a'), failures(3, 'b')])).toEqual(['fired'])
    watch.look(2, [failures(0, 'a'), failures(3, 'b')])
    expect(watch.look(2 + calmMs, [failures(0, 'a'), failures(3, 'b')])).toEqual(['over'])
    expect(watch.open).toMatchObject([{ labels: { connection: 'b' } }])
  })

  test('that is silenced is seen and not told; after the silence it is', () => {
    const watch = watched(failing())
    const silence = [{ rule: 'SyncFailing', labels: { connection: 'a' } }]
    expect(watch.look(0, [failures(3, 'a'), failures(3, 'b')], true, silence)).toEqual(['fired'])
    expect(watch.open).toMatchObject([{ toldAt: null, firedAt: 0 }, { toldAt: 0 }])
    const all = [{ rule: 'SyncFailing', labels: null }]
    expect(watch.look(repeatMs, [failures(3, 'a'), failures(3, 'b')], true, all)).toEqual([])
    expect(watch.look(repeatMs + 1, [failures(3, 'a'), failures(3, 'b')])).toEqual([
      'fired',
      'again',
    ])
  })

  test('nobody was told of is over in silence; who was told hears of its end', () => {
    const watch = watched(failing())
    const all = [{ rule: 'SyncFailing', labels: null }]
    watch.look(0, [failures(3)], true, all)
    watch.look(1, [])
    expect(watch.look(1 + calmMs, [])).toEqual([])
    watch.look(calmMs + 2, [failures(3)])
    watch.look(calmMs + 3, [], true, all)
    expect(watch.look(2 * calmMs + 3, [], true, all)).toEqual(['over'])
  })

  test('whose rule counts is told again when there is one more, at most each hour', () => {
    const rule = { ...failing(), counts: true } as const
    const watch = watched(rule)
    expect(watch.look(0, [failures(3)])).toEqual(['fired'])
    expect(watch.look(minute, [failures(4)])).toEqual([])
    expect(watch.look(growthMs, [failures(4)])).toEqual(['again'])
    expect(watch.look(2 * growthMs, [failures(3)])).toEqual([])
    expect(watch.look(3 * growthMs, [failures(4)])).toEqual([])
  })

  test('of a rule that there is no more ends', () => {
    const watch = watched(failing())
    watch.look(0, [failures(3)])
    watch.rules = []
    watch.look(1, [failures(3)])
    watch.look(1 + calmMs, [failures(3)])
    expect(watch.open).toEqual([])
  })

  test('is about the same thing whatever the order of its labels', () => {
    expect(keyOf('A', { a: '1', b: '2' })).toBe(keyOf('A', { b: '2', a: '1' }))
    expect(keyOf('A', { a: '1', b: '2' })).not.toBe(keyOf('A', { a: '2', b: '1' }))
  })
})

function failing(): Rule {
  return rules.find(({ name }) => name === 'SyncFailing')!
}

function failures(value: number, connection = 'a'): Fact {
  return { metric: 'tartan_sync_consecutive_failures', labels: { connection }, value }
}

/** Looks one after the other, as a database keeps what is between them. */
function watched(rule: Rule) {
  const metrics = Object.keys(metricTable) as MetricName[]
  const watch = {
    rules: [rule] as Rule[],
    open: [] as Incident[],
    ids: new Set<string>(),
    look: (now: number, told: Fact[], known = true, silences: Silence[] = []): string[] => {
      const facts: Facts = { told, known: new Set(known ? metrics : []) }
      const look = { facts, rules: watch.rules, open: watch.open, silences, now, repeatMs }
      const judged: Judged = judge({ ...look, newId: uuid })
      const after = new Map(watch.open.map((one) => [one.id, one]))
      for (const one of judged.incidents) {
        after.set(one.id, one)
        watch.ids.add(one.id)
      }
      for (const id of judged.forgotten) after.delete(id)
      watch.open = [...after.values()].filter(({ endedAt }) => endedAt === null)
      return judged.notices.map(({ told: how }) => how)
    },
  }
  return watch
}
