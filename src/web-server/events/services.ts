// What the services tell of themselves, followed once for all browsers. A service that is not heard
// is named with the moment since when; until it is heard again, whoever watches is told now and
// then to ask it, which costs nothing where nobody does.
import { isoNow, systemClock } from '../../std/clock.ts'
import { classify } from '../../std/errors.ts'
import type { LoggedEvent } from '../../std/event-log.ts'
import { readEvents } from '../../std/event-reader.ts'
import type { Upstream, WebContext } from '../context.ts'
import { openEvents } from '../upstream.ts'
import type { Notices } from './notices.ts'

interface Followed {
  upstream: Upstream
  path: string
  /** All that it tells of. */
  topics: readonly string[]
  /** An event of it, as a notice. */
  hear(type: string, data: Record<string, unknown>): void
}

/** Between two attempts to be heard again. */
const retryMs = { min: 250, max: 2_000 }
/** How often a silent service is asked by pages for what it has. */
const askEveryMs = 10_000

export async function followServices(
  { engine, plaid, emulator }: WebContext,
  notices: Notices,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([
    follow(ofEngine(engine, notices), notices, signal),
    follow(ofPlaid(plaid, notices), notices, signal),
    emulator && follow(ofEmulator(emulator, notices), notices, signal),
  ])
}

function ofEngine(upstream: Upstream, { log, tell }: Notices): Followed {
  return {
    upstream,
    path: '/api/v1/events',
    topics: ['connections', 'jobs', 'actors'],
    hear: (type, { jobId, connectionId, actorId, ...data }) => {
      if (type === 'connection') tell('connections', String(connectionId))
      else if (type === 'actor') tell('actors', String(actorId))
      else if (type === 'log') tell(type, String(jobId), data)
      // Each has the counts of some streams: none stands for another.
      else if (type === 'progress') log.push(type, JSON.stringify({ id: String(jobId), ...data }))
      else tell('jobs', String(jobId))
    },
  }
}

function ofPlaid(upstream: Upstream, { tell }: Notices): Followed {
  return {
    upstream,
    path: '/events',
    topics: ['items', 'pulls', 'link', 'webhooks'],
    hear: (type, data) => {
      if (type === 'link_session') tell('link', String(data['session_id']))
      else if (type === 'webhook') tell('webhooks', String(data['id']))
      else if (type === 'pull') tell('pulls', String(data['item_id']))
      else if (type === 'item') tell('items', String(data['item_id']))
    },
  }
}

function ofEmulator(upstream: Upstream, { tell }: Notices): Followed {
  return { upstream, path: '/emulator/events', topics: ['world'], hear: () => tell('world') }
}

async function follow(service: Followed, notices: Notices, signal: AbortSignal): Promise<void> {
  const { name } = service.upstream
  const askAll = () => service.topics.forEach((topic) => notices.tell(topic))
  let after: string | undefined
  let heardAt = isoNow()
  let waitMs = 0
  let askAgainAt = 0
  const heard = (event: LoggedEvent | null) => {
    heardAt = isoNow()
    waitMs = 0
    notices.silent(name, undefined)
    if (event === null) return
    const { id, type, data } = event
    // It may have been away for us, or we for it.
    if (type === 'reset' || (type === 'open' && after === undefined)) askAll()
    else if (type !== 'open') service.hear(type, JSON.parse(data) as Record<string, unknown>)
    after = id
  }
  while (!signal.aborted) {
    const before = heardAt
    const message = await hear(service, after, heard, signal)
    if (signal.aborted) return
    // One that was cut off after it was heard is asked again first.
    if (heardAt === before) {
      notices.silent(name, { service: name, since: heardAt, message })
      if (systemClock.now() >= askAgainAt) {
        askAll()
        askAgainAt = systemClock.now() + askEveryMs
      }
    }
    waitMs = Math.min(retryMs.max, Math.max(retryMs.min, waitMs * 2))
    await systemClock.sleep(waitMs, signal).catch(() => {})
  }
}

/** Until it ends; says why. */
async function hear(
  { upstream, path }: Followed,
  after: string | undefined,
  heard: (event: LoggedEvent | null) => void,
  signal: AbortSignal,
): Promise<string> {
  try {
    const body = await openEvents(upstream, path, after, signal)
    for await (const event of readEvents(body)) heard(event)
    return `${upstream.name} has ended its events`
  } catch (error) {
    return classify(error).message
  }
}
