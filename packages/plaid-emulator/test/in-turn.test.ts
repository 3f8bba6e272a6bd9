// Whoever changes the state waits for a write that begins later; and no two write at once, since
// they write to one file.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inTurn } from '../src/bank/file.ts'

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve()
}

test('writes are one at a time, and each caller’s begins after the call', async () => {
  let shared = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ after: fc.nat(8), lasts: fc.nat(4), fails: fc.boolean() }), {
        minLength: 1,
        maxLength: 12,
      }),
      async (calls) => {
        let [writing, begun, asked] = [0, 0, 0]
        const write = inTurn(async () => {
          const { lasts, fails } = calls[begun++ % calls.length] ?? { lasts: 0, fails: false }
          expect(++writing).toBe(1)
          const seen = asked
          await microtasks(lasts)
          writing--
          written = seen
          if (fails) throw new Error('a full disk')
        })
        let written = 0
        const callers: Promise<void>[] = []
        for (const { after } of calls) {
          await microtasks(after)
          const mine = ++asked
          const check = (): void => expect(written).toBeGreaterThanOrEqual(mine)
          callers.push(
            write().then(check, (error: Error) => {
              expect(error.message).toBe('a full disk')
              check()
            }),
          )
        }
        await Promise.all(callers)
        if (begun < calls.length) shared++
      },
    ),
    { numRuns: 500 },
  )
  expect(shared).toBeGreaterThan(0)
})
