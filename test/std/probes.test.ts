import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { TransientError } from '../../src/std/errors.ts'
import { probeRoutes } from '../../src/std/probes.ts'

test('a process lives whatever its database does, and is ready while that answers', async () => {
  let state: () => Promise<unknown> = () => Promise.resolve()
  await using app = fastify()
  probeRoutes(app, () => state())
  expect((await app.inject('/ready')).json()).toEqual({ status: 'ok', database: 'ok' })
  state = () => Promise.reject(new TransientError('GONE', 'PostgreSQL is away'))
  const answer = await app.inject('/ready')
  expect([answer.statusCode, answer.json()]).toEqual([
    503,
    { status: 'unavailable', database: 'PostgreSQL is away' },
  ])
  expect((await app.inject('/live')).json()).toEqual({ status: 'ok' })
})

test('a hundred who ask at once are one look', async () => {
  let looks = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  await using app = fastify()
  probeRoutes(app, () => {
    looks++
    return promise
  })
  const asked = Array.from({ length: 100 }, () => app.inject('/ready'))
  await expect.poll(() => looks).toBe(1)
  resolve()
  const codes = (await Promise.all(asked)).map(({ statusCode }) => statusCode)
  expect(new Set(codes)).toEqual(new Set([200]))
  expect(looks).toBe(1)
})
