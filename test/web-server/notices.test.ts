// What is told to browsers: once for several changes of one subject, with which service is not
// heard and since when.
import { expect, test } from 'vitest'
import { createNotices, type Notices } from '../../src/web-server/events/notices.ts'

const hour = 3_600_000

function follow({ log }: Notices, after?: string) {
  const events = log.follow(new AbortController().signal, hour, after)
  return {
    next: async () => {
      const { value } = await events.next()
      return value ? [value.type, JSON.parse(value.data) as unknown, value.id] : undefined
    },
  }
}

test('several of one subject at once are one notice, and the last of them counts', async () => {
  const notices = createNotices()
  const one = follow(notices)
  notices.tell('jobs', '1')
  notices.tell('progress', '1', { rows: 1 })
  notices.tell('items')
  notices.tell('progress', '1', { rows: 2 })
  notices.tell('jobs', '1')
  notices.tell('jobs', '2')
  const told = [await one.next(), await one.next(), await one.next(), await one.next()]
  told.push(await one.next())
  expect(told.map((event) => event?.slice(0, 2))).toEqual([
    ['open', { silences: [] }],
    ['jobs', { id: '1' }],
    ['progress', { id: '1', rows: 2 }],
    ['items', {}],
    ['jobs', { id: '2' }],
  ])
})

test('who comes is told which service is silent, and who is here when it is heard again', async () => {
  const notices = createNotices()
  const silence = { service: 'the engine', since: '2026-01-01T00:00:00Z', message: 'refused' }
  const early = follow(notices)
  notices.silent('the engine', silence)
  notices.silent('the engine', { ...silence })
  const late = follow(notices)
  notices.silent('plaid-api', undefined)
  notices.silent('the engine', undefined)
  notices.log.push('last', '{}')
  const types = async (of: typeof early) => {
    const all = []
    for (;;) {
      const [type, data] = (await of.next()) ?? []
      if (type === 'last') return all
      all.push([type, data])
    }
  }
  // What stands is told as it stands when it is read.
  expect(await types(early)).toEqual([
    ['open', { silences: [] }],
    ['silences', { silences: [silence] }],
    ['silences', { silences: [] }],
  ])
  expect(await types(late)).toEqual([
    ['open', { silences: [] }],
    ['silences', { silences: [] }],
  ])
  notices.silent('the engine', silence)
  const [type, data] = (await follow(notices).next()) ?? []
  expect([type, data]).toEqual(['open', { silences: [silence] }])
})
