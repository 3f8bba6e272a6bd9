// What the services tell reaches every browser: followed once for all of them, by services that
// really tell it, that stop, freeze and come back.
import { fastify } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { createEventLog, type EventLog } from '../../src/std/event-log.ts'
import { eventStreams } from '../../src/std/event-stream.ts'
import { followEvents, type Follower } from '../support/event-stream.ts'
import { freePort } from '../support/postgres.ts'
import { testWeb, type TestWeb } from '../support/web.ts'

interface Service {
  url: string
  log: EventLog
  /** How often its events were asked for. */
  asked: number
  stop(): Promise<void>
}

/** Tells what happens, as the engine and plaid-api do. */
async function service(port: number, path: string): Promise<Service> {
  const log = createEventLog()
  const app = fastify({ forceCloseConnections: true })
  const told: Service = { url: `http://127.0.0.1:${port}`, log, asked: 0, stop: () => app.close() }
  app.addHook('onRequest', async () => void (told.asked += 1))
  app.get(path, eventStreams(log))
  await app.listen({ host: '127.0.0.1', port })
  onTestFinished(() => app.close())
  return told
}

const upstream = (name: string, port: number) => ({
  name,
  url: `http://127.0.0.1:${port}`,
  authorization: () => Promise.resolve('Bearer a'),
})

async function start() {
  const [enginePort, plaidPort] = [await freePort(), await freePort()]
  const engine = await service(enginePort, '/api/v1/events')
  const plaid = await service(plaidPort, '/events')
  const web = await testWeb({
    engine: upstream('the engine', enginePort),
    plaid: upstream('plaid-api', plaidPort),
  })
  onTestFinished(() => web[Symbol.asyncDispose]())
  return { engine, plaid, web, enginePort }
}

async function watch(web: TestWeb): Promise<Follower> {
  const cookie = web.cookie(await web.session('viewer'))
  const host = `localhost:${web.port}`
  const follower = await followEvents(`http://${host}/web/events`, { cookie })
  onTestFinished(() => follower[Symbol.asyncDispose]())
  return follower
}

/** A change that is told, so that what comes after it is heard by who watches. */
async function untilHeard(follower: Follower, log: EventLog): Promise<void> {
  const again = setInterval(() => log.push('connection', '{"connectionId":"first"}'), 20)
  await follower.next('connections')
  clearInterval(again)
}

/** The next of one subject; `all`: of everything, as told when it is not known what changed. */
async function next(browser: Follower, topic: string, id = 'all') {
  for (;;) {
    const heard = await browser.next(topic)
    if ((heard.data.id ?? 'all') === id) return heard
  }
}

test('an event of a service is a notice to every browser, and the service is followed once', async () => {
  const { engine, plaid, web } = await start()
  const browsers = [await watch(web), await watch(web)]
  for (const browser of browsers) await untilHeard(browser, engine.log)
  engine.log.push('job', '{"jobId":7,"connectionId":"c","status":"running"}')
  engine.log.push('progress', '{"jobId":7,"attemptNumber":0,"streams":[{"recordsEmitted":5}]}')
  engine.log.push('log', '{"jobId":7,"attemptNumber":0,"n":12}')
  engine.log.push('actor', '{"actorId":"a"}')
  plaid.log.push('item', '{"item_id":"i","status":"healthy"}')
  plaid.log.push('pull', '{"item_id":"i","status":"running"}')
  plaid.log.push('link_session', '{"session_id":"s"}')
  for (const browser of browsers) {
    const streams = [{ recordsEmitted: 5 }]
    expect((await browser.next('progress')).data).toEqual({ id: '7', attemptNumber: 0, streams })
    await next(browser, 'jobs', '7')
    expect((await browser.next('log')).data).toEqual({ id: '7', attemptNumber: 0, n: 12 })
    await next(browser, 'actors', 'a')
    await next(browser, 'items', 'i')
    await next(browser, 'pulls', 'i')
    await next(browser, 'link', 's')
  }
  expect([engine.asked, plaid.asked]).toEqual([1, 1])
})

test('a service that stops is named with the moment, and what it missed is told when it is back', async () => {
  const { engine, web, enginePort } = await start()
  const browser = await watch(web)
  await untilHeard(browser, engine.log)
  await engine.stop()
  const { data } = await browser.next('silences')
  expect(data.silences).toMatchObject([
    { service: 'the engine', message: expect.stringContaining('does not answer') },
  ])
  expect(Date.parse(data.silences[0].since)).not.toBeNaN()
  const late = await watch(web)
  expect((await late.next('open')).data.silences).toMatchObject([{ service: 'the engine' }])
  const again = await service(enginePort, '/api/v1/events')
  for (let left = data.silences.length; left > 0;) {
    left = (await browser.next('silences')).data.silences.length
  }
  // another run: anything may have changed
  for (const topic of ['connections', 'jobs', 'actors']) {
    await next(browser, topic)
  }
  again.log.push('job', '{"jobId":8}')
  await next(browser, 'jobs', '8')
})

test('a service that does not hear its own changes is named too', async () => {
  const { engine, web } = await start()
  const browser = await watch(web)
  await untilHeard(browser, engine.log)
  engine.log.lose()
  const { data } = await browser.next('silences')
  expect(data.silences[0].message).toContain('cannot be heard')
  engine.log.reset()
  expect((await browser.next('silences')).data.silences).toEqual([])
  engine.log.push('job', '{"jobId":9}')
  await next(browser, 'jobs', '9')
})

test('who was away for a moment is told what it missed', async () => {
  const { engine, web } = await start()
  const browser = await watch(web)
  await untilHeard(browser, engine.log)
  engine.log.push('job', '{"jobId":1}')
  const { id } = await next(browser, 'jobs', '1')
  await browser[Symbol.asyncDispose]()
  const other = await watch(web)
  engine.log.push('job', '{"jobId":2}')
  await next(other, 'jobs', '2')
  const cookie = web.cookie(await web.session('viewer'))
  const url = `http://localhost:${web.port}/web/events`
  await using again = await followEvents(url, { cookie, 'last-event-id': id })
  expect((await again.next('open', 'reset')).type).toBe('open')
  expect((await again.next('jobs')).data).toEqual({ id: '2' })
})
