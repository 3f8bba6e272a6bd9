// The log against the plainest model of it: a list of everything that ever happened.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChangeLog } from '../src/item/change-log.ts'

const happening = fc.record({
  kind: fc.constantFrom('add', 'modify', 'remove'),
  which: fc.nat(50),
})

/** What stands after `start`, each row once, at the place of its latest change. */
function missed(history: { row: number; gone: boolean }[], start: number): [string, number][] {
  return history.flatMap(({ row, gone }, i): [string, number][] => {
    if (i < start || history.findLastIndex((later) => later.row === row) !== i) return []
    const seen = history.findIndex((first) => first.row === row) < start
    if (gone) return seen ? [['removed', row]] : []
    return [[seen ? 'modified' : 'added', row]]
  })
}

describe('L1 the change log', () => {
  test('a reader at any position misses nothing, sees each row once, in order', () => {
    fc.assert(
      fc.property(
        fc.nat(8),
        fc.array(happening, { maxLength: 40 }),
        fc.nat(60),
        fc.integer({ min: 1, max: 7 }),
        (founders, happenings, from, count) => {
          const log = new ChangeLog(founders)
          const history = Array.from({ length: founders }, (_, row) => ({ row, gone: false }))
          const living = history.map(({ row }) => row)
          let next = founders
          for (const { kind, which } of happenings) {
            const known = living[which % Math.max(1, living.length)]
            const row = kind === 'add' || known === undefined ? next++ : known
            const gone = kind === 'remove' && row === known
            if (gone) log.remove(row)
            else log.put(row)
            if (gone) living.splice(living.indexOf(row), 1)
            else if (row !== known) living.push(row)
            history.push({ row, gone })
          }
          const start = from % (log.head + 1)
          const read: [string, number][] = []
          let after = start
          for (let more = true; more;) {
            const page = log.read(start, after, count)
            expect(page.changes.length).toBeLessThanOrEqual(count)
            if (page.hasMore) expect(page.changes.length).toBe(count)
            read.push(...page.changes.map(({ kind, row }): [string, number] => [kind, row]))
            after = page.position
            more = page.hasMore
          }
          expect(after).toBe(log.head)
          expect(read).toEqual(missed(history, start))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('an id that is gone does not come back', () => {
    const log = new ChangeLog(1)
    log.remove(0)
    expect(() => log.put(0)).toThrow(/must not come back/)
  })
})
