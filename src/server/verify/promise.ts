// What the connection promises of each stream that it brings: up to which stamp the warehouse must
// equal the store. Of a stream that no sync has brought it promises nothing, nor of one whose
// position is of another feed: after the database was restored all is to come again.
import { catalog } from '../../catalog/catalog.ts'
import type { Stream } from '../../catalog/stream.ts'
import { type FeedClock, feedClock, isInGap } from '../../plaid-api/store/feed.ts'
import type { Pool } from '../../postgres/pool.ts'
import type { Airbyte } from '../airbyte/client.ts'
import { lastSucceeded } from '../airbyte/job.ts'
import { missingTables } from '../store/rows.ts'

export interface Brought {
  stream: Stream
  /** It comes whole with every sync. */
  isWhole: boolean
  /** Up to this stamp it is there; of a whole one, what changed later may be. */
  promised: string
  /** Up to this stamp the store may have let rows go that the warehouse keeps. */
  keptTo: string | null
}

export interface AllBrought {
  comparable: Brought[]
  /** Tables that a sync brought and that are not there. */
  missing: string[]
  /** Streams that were chosen since the last sync: no table of theirs is to be there yet. */
  unsynced: string[]
  /** Streams whose table is there, and of which nothing is promised. */
  unpromised: string[]
  /** A sync has succeeded. */
  isSynced: boolean
}

/** Read before the rows: what is synced meanwhile is newer than the promise, and so in flight. */
export async function broughtBy(
  airbyte: Airbyte,
  connectionId: string,
  store: Pool,
  warehouse: Pool,
): Promise<AllBrought> {
  const { configurations } = await airbyte.publicApi<{
    configurations: { streams: { name: string; syncMode: string }[] }
  }>('GET', `/connections/${connectionId}`)
  const { streamState } = await airbyte.configApi<ConnectionState>('/state/get', { connectionId })
  const clock = await feedClock(store)
  const succeeded = await lastSucceeded(airbyte, connectionId)
  const chosen = configurations.streams.map(({ name }) => name)
  const absent = await missingTables(warehouse, chosen)
  const all: AllBrought = {
    comparable: [],
    missing: [],
    unsynced: [],
    unpromised: [],
    isSynced: succeeded !== undefined,
  }
  for (const stream of catalog) {
    const { name, daysKept } = stream
    const found = configurations.streams.find((one) => one.name === name)
    if (!found) continue
    const state = streamState?.find((one) => one.streamDescriptor.name === name)?.streamState
    // Such streams as come whole keep no state.
    const isWhole = found.syncMode.startsWith('full_refresh')
    if (absent.includes(name)) {
      all[isWhole || state !== undefined ? 'missing' : 'unsynced'].push(name)
      continue
    }
    // Whole seconds: without the Z, a stamp of the same second counts as later.
    const since = succeeded?.startTime.replace(/Z$/, '')
    const promised = isWhole ? since : await promisedStamp(state, clock, store)
    const keptTo = daysKept === undefined ? null : clock.pruned_before
    if (promised === undefined) all.unpromised.push(name)
    else all.comparable.push({ stream, isWhole, promised, keptTo })
  }
  return all
}

interface ConnectionState {
  streamState?: { streamDescriptor: { name: string }; streamState?: StreamState }[]
}

interface StreamState {
  epoch?: string
  updated_at?: string
}

async function promisedStamp(
  state: StreamState | undefined,
  { epoch, head }: FeedClock,
  store: Pool,
): Promise<string | undefined> {
  if (state?.updated_at === undefined || state.epoch !== epoch) return undefined
  const isLost = state.updated_at > head || (await isInGap(store, state.updated_at))
  return isLost ? undefined : state.updated_at
}
