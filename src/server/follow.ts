// The store has news: plaid-api tells its followers when the feed has moved, and the engine, which
// knows no Plaid, is told that the sources that read it have something new. What may have been
// missed counts as news: a sync that finds nothing costs a second.
import { type Bell, createBell } from '../std/bell.ts'
import { systemClock } from '../std/clock.ts'
import { classify, isAbort } from '../std/errors.ts'
import { readEvents } from '../std/event-reader.ts'
import type { Logger } from '../std/log.ts'
import { openEvents } from '../web-server/upstream.ts'
import { plaidApiUrl } from './addresses.ts'
import type { Airbyte } from './airbyte/client.ts'
import { ourAirbyte } from './airbyte/ours.ts'
import { plaidSourceId } from './definitions.ts'
import { readKey } from './keys.ts'
import type { Settings } from './settings.ts'

const retryMs = 1_000
/** Without a ring nothing is to be told. */
const waitMs = 3_600_000

export async function followStore(
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const news = createBell()
  await Promise.all([listen(settings, news, signal), report(settings, news, log, signal)])
}

async function listen(settings: Settings, news: Bell, signal: AbortSignal): Promise<void> {
  const upstream = {
    name: 'plaid-api',
    url: plaidApiUrl(settings),
    authorization: async () =>
      `Bearer ${(await readKey(settings.dataFolder, 'plaid-api.key')).reveal()}`,
  }
  let after: string | undefined
  while (!signal.aborted) {
    try {
      for await (const event of readEvents(await openEvents(upstream, '/events', after, signal))) {
        if (event === null) continue
        const isMissed = event.type === 'reset' || (event.type === 'open' && after === undefined)
        if (event.type === 'feed' || isMissed) news.ring()
        after = event.id
      }
    } catch {
      // the web app and ./tartan status show a plaid-api that does not answer
      await systemClock.sleep(retryMs, signal).catch(() => {})
    }
  }
}

/** One call after the other, however fast the feed moves. */
async function report(
  settings: Settings,
  news: Bell,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let airbyte: Airbyte | undefined
  while (!signal.aborted) {
    await news.wait(waitMs, signal)
    if (signal.aborted) return
    try {
      airbyte ??= await ourAirbyte(settings)
      const sources = await airbyte.list<{ sourceId: string; definitionId: string }>('/sources')
      for (const { sourceId, definitionId } of sources) {
        if (definitionId !== plaidSourceId) continue
        await airbyte.configApi('/sources/report_news', { sourceId })
      }
    } catch (error) {
      if (isAbort(error)) return
      log.warn({ code: classify(error).code }, `news wait: ${classify(error).message}`)
      news.ring()
      await systemClock.sleep(retryMs, signal).catch(() => {})
    }
  }
}
