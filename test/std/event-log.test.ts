// Followers of a service's events miss nothing in silence, and cost nothing that grows.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { createEventLog, type EventLog } from '../../src/std/event-log.ts'
import { eventStreams, streamLimits } from '../../src/std/event-stream.ts'
import { followEvents } from '../support/event-stream.ts'

const hour = 3_600_000

async function take(events: AsyncGenerator<{ type: string; data: string } | null>, n: number) {
  const taken: string[] = []
  for (let i = 0; i < n; i++) {
    const { value } = await events.next()
    taken.push(value ? `${value.type} ${value.data}` : 'quiet')
  }
  return taken
}

test('a follower hears what comes after it asked, in order', async () => {
  const log = createEventLog()
  const { signal } = new AbortController()
  log.push('a', '0')
  const events = log.follow(signal, hour)
  log.push('a', '1')
  log.push('b', '2')
  expect(await take(events, 3)).toEqual(['open {}', 'a 1', 'b 2'])
  const waiting = events.next()
  log.push('c', '3')
  expect((await waiting).value).toMatchObject({ type: 'c', data: '3' })
  await events.return(undefined)
})

test('who comes again goes on where it was; of another run, or too late, it is told', async () => {
  const log = createEventLog(3)
  const { signal } = new AbortController()
  const first = log.follow(signal, hour)
  const { value: open } = await first.next()
  for (let i = 1; i <= 3; i++) log.push('n', String(i))
  expect(await take(log.follow(signal, hour, open?.id), 4)).toEqual([
    'open {}',
    'n 1',
    'n 2',
    'n 3',
  ])
  for (let i = 4; i <= 20; i++) log.push('n', String(i))
  const late = log.follow(signal, hour, open?.id)
  expect(await take(late, 2)).toEqual(['open {}', 'reset {}'])
  log.push('n', '21')
  expect(await take(late, 1)).toEqual(['n 21'])
  for (const id of ['x.1', 'nonsense', '', `${open?.id.split('.')[0]}.999`]) {
    expect(await take(log.follow(signal, hour, id), 1)).toEqual(['reset {}'])
  }
})

test('a slow follower that fell behind is told to look anew, and goes on', async () => {
  const log = createEventLog(5)
  const { signal } = new AbortController()
  const slow = log.follow(signal, hour)
  await slow.next()
  for (let i = 1; i <= 50; i++) log.push('n', String(i))
  expect(await take(slow, 1)).toEqual(['reset {}'])
  log.push('n', '51')
  expect(await take(slow, 1)).toEqual(['n 51'])
})

test('silence is told as such, and the signal ends it', async () => {
  const log = createEventLog()
  const left = new AbortController()
  const events = log.follow(left.signal, 1)
  expect(await take(events, 3)).toEqual(['open {}', 'quiet', 'quiet'])
  const waiting = log.follow(left.signal, hour)
  await waiting.next()
  const next = waiting.next()
  left.abort()
  expect((await next).done).toBe(true)
})

async function serve(log: EventLog, limits = streamLimits) {
  const app = fastify({ forceCloseConnections: true })
  app.get('/events', eventStreams(log, limits))
  await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    app,
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/events`,
    [Symbol.asyncDispose]: () => app.close(),
  }
}

test('over HTTP: events with ids, one follower too many is refused, and who leaves makes room', async () => {
  const log = createEventLog()
  await using server = await serve(log, { ...streamLimits, streamsMax: 1 })
  const follower = await followEvents(server.url, {})
  expect(follower.response.headers.get('content-type')).toContain('text/event-stream')
  const { id } = await follower.next('open')
  log.push('job', '{"jobId":1}')
  expect(await follower.next('job')).toMatchObject({ data: { jobId: 1 } })
  expect((await fetch(server.url)).status).toBe(503)
  const gone = new Promise<void>((resolve) => {
    server.app.server.getConnections((_, n) => n > 0 && resolve())
  })
  await gone
  await follower[Symbol.asyncDispose]()
  for (;;) {
    await using again = await followEvents(server.url, { 'last-event-id': id })
    if (again.response.status === 503) continue
    expect(await again.next('job')).toMatchObject({ data: { jobId: 1 } })
    break
  }
})

test('over HTTP: a quiet stream has heartbeats and ends by itself', async () => {
  const log = createEventLog()
  await using server = await serve(log, { streamsMax: 1, heartbeatMs: 5, streamMsMax: 200 })
  await using follower = await followEvents(server.url, {})
  const all = await follower.rest()
  expect(all).toMatch(/^id: \S+\nevent: open\ndata: \{\}\n\n(:\n\n)+$/)
})

test('a stream that ends leaves nothing behind that waits', async () => {
  const log = createEventLog()
  await using server = await serve(log)
  const follower = await followEvents(server.url, {})
  await follower.next('open')
  await follower[Symbol.asyncDispose]()
  await server.app.close()
  if (server.app.server.listening) await once(server.app.server, 'close')
  log.push('n', '1')
})
