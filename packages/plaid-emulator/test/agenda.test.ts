// What is due comes in its order, however often it was put to another time.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Agenda } from '../src/bank/agenda.ts'

const step = fc.oneof(
  fc.record({ put: fc.nat(9), at: fc.oneof(fc.nat(20), fc.constant(Infinity)) }),
  fc.record({ take: fc.nat(20) }),
)

test('an agenda gives what is due, the first first, and of one instant as it was put', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const agenda = new Agenda<number>()
      let known: { what: number; at: number }[] = []
      for (const each of steps) {
        if ('put' in each) {
          if (known.some(({ what, at }) => what === each.put && at === each.at)) continue
          agenda.put(each.put, each.at)
          known = known.filter(({ what }) => what !== each.put)
          if (each.at !== Infinity) known.push({ what: each.put, at: each.at })
        } else {
          const [next] = known.toSorted((a, b) => a.at - b.at).filter(({ at }) => at <= each.take)
          expect(agenda.take(each.take)).toBe(next?.what)
          known = known.filter((one) => one !== next)
        }
        expect(agenda.size).toBe(known.length)
        expect(agenda.nextAt).toBe(Math.min(Infinity, ...known.map(({ at }) => at)))
      }
    }),
    { numRuns: 1_000 },
  )
})
