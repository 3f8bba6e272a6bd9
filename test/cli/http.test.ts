// Whoever follows something waits for a service that died, for as long as it may come back.
import { expect, test } from 'vitest'
import { throughRestarts } from '../../src/cli/http.ts'
import { ConfigError, TransientError } from '../../src/std/errors.ts'

const down = new TransientError('SERVICE_DOWN', 'no answer')

test('a service that comes back is asked again', async () => {
  let asked = 0
  const answer = await throughRestarts(
    () => true,
    async () => {
      if (++asked < 3) throw down
      return 'here'
    },
  )
  expect([answer, asked]).toEqual(['here', 3])
})

test('once everything was stopped nothing is waited for', async () => {
  const asking = throughRestarts(
    () => false,
    () => Promise.reject(down),
  )
  await expect(asking).rejects.toMatchObject({ code: 'STOPPED', kind: 'config' })
})

test('what is not the service’s absence stays what it is', async () => {
  const wrong = new ConfigError('WRONG', 'mend it')
  const asking = throughRestarts(
    () => false,
    () => Promise.reject(wrong),
  )
  await expect(asking).rejects.toBe(wrong)
})
