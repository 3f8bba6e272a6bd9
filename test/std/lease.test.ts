// A lease that is not renewed in time is lost, whatever hangs; one failure to ask is no loss.
import { expect, test } from 'vitest'
import { monotonicMs } from '../../src/std/clock.ts'
import { type Lease, underLease } from '../../src/std/lease.ts'

const never = () => new Promise<never>(() => {})

function lease(more: Partial<Lease>): Lease {
  return {
    leaseMs: 200,
    renewEveryMs: 10,
    takenAtMs: monotonicMs(),
    what: 'the lease',
    renew: async () => true,
    release: async () => {},
    ...more,
  }
}

const lost = { code: 'LEASE_LOST', kind: 'transient' }

test('work that ends gives the lease back', async () => {
  let released = 0
  const release = async () => void released++
  expect(await underLease(lease({ release }), async () => 'done')).toBe('done')
  await expect(
    underLease(lease({ release }), () => Promise.reject(new Error('work failed'))),
  ).rejects.toThrow('work failed')
  expect(released).toBe(2)
})

test('a renewal that hangs ends it, and the work with it, though that hangs too', async () => {
  let told: AbortSignal | undefined
  const work = (signal: AbortSignal) => {
    told = signal
    return never()
  }
  await expect(underLease(lease({ renew: never }), work)).rejects.toMatchObject(lost)
  expect(told?.aborted).toBe(true)
})

test('whoever took it over ends it at once', async () => {
  const long = lease({ leaseMs: 3_600_000, renew: async () => false })
  await expect(underLease(long, never)).rejects.toMatchObject(lost)
})

test('one that holds outlives its time, and failures to ask', async () => {
  let asked = 0
  const until = Promise.withResolvers<string>()
  const renew = async () => {
    asked++
    if (asked % 2 === 0) throw new Error('no name server answers')
    if (asked > 60) until.resolve('done')
    return true
  }
  expect(await underLease(lease({ renew }), () => until.promise)).toBe('done')
})

test('a release that hangs holds up no longer than the lease', async () => {
  expect(await underLease(lease({ release: never }), async () => 'done')).toBe('done')
})
