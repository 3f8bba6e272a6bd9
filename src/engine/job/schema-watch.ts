// At the start of a sync its source is asked what it offers now, and the connection follows, or
// stops, as it was told to (connection/schema-change.ts).
import type { AirbyteCatalog } from '../../protocol/message.ts'
import { classify, ConfigError, isAbort, must, TransientError } from '../../std/errors.ts'
import { schemaChange } from '../connection/schema-change.ts'
import type { DestinationMeans } from '../connection/sync-mode.ts'
import { type DiscoveryParts, discoverStreams } from '../connector/discovery.ts'
import { findActor } from '../store/actor.ts'
import { type Connection, findConnection, updateConnection } from '../store/connection.ts'
import type { ClaimedJob } from '../store/job.ts'
import { fenced } from './fence.ts'

export interface Followed {
  /** With the streams that the source has. */
  connection: Connection
  /** For the job's log. */
  notes: string[]
}

/** Of so many changes at once the job is tried again (L9). */
const triesMax = 10

/** Throws where the connection is not to be synced until somebody has looked. */
export async function followSource(
  parts: DiscoveryParts,
  claimed: ClaimedJob,
  planned: Connection,
  means: DestinationMeans,
  signal: AbortSignal,
): Promise<Followed> {
  const { pool } = parts
  const as = { connection: planned, notes: [] }
  if (claimed.type === 'clear' || planned.nonBreakingSchemaUpdatesBehavior === 'ignore') return as
  const offered = await offeredBy(parts, claimed, planned, signal)
  if (typeof offered === 'string') return { ...as, notes: [offered] }
  let seen = planned
  for (let tries = 1; tries <= triesMax; tries++) {
    const { adopted, present, pause, notes } = schemaChange(seen, offered, means)
    const paused = pause && { pause, status: 'inactive' as const }
    const settings = { ...seen, ...adopted, ...paused }
    const write = () =>
      fenced(pool, claimed.attemptId, (db) => updateConnection(db, seen, settings, undefined))
    if ((!adopted && !paused) || (await write())) {
      if (pause) throw new ConfigError('CONNECTION_PAUSED', pause.reason)
      const connection = { ...settings, streams: present }
      return { connection, notes: [...notes, ...unnamable(offered)] }
    }
    // Somebody changed it meanwhile: it is followed as it is now.
    seen = must(await findConnection(pool, claimed.connectionId), 'a job has its connection')
  }
  throw new TransientError('CONNECTION_CHANGING', 'the connection is being changed by others')
}

function unnamable({ unnamable_streams: names = [] }: AirbyteCatalog): string[] {
  if (names.length === 0) return []
  const told = names.map((name) => name.replaceAll('\u0000', '\\u0000')).join(', ')
  return [`left out is what has a NUL in its name or namespace, which no database takes: ${told}`]
}

/** A source that cannot say so is read as it was: whether it can be read, it says then (L7). */
async function offeredBy(
  parts: DiscoveryParts,
  claimed: ClaimedJob,
  { sourceId }: Connection,
  signal: AbortSignal,
): Promise<AirbyteCatalog | string> {
  try {
    const source = must(await findActor(parts.pool, 'source', sourceId), 'the source was opened')
    const freshness = claimed.attemptNumber === 0 ? 'present' : 'known'
    return await discoverStreams(parts, source, freshness, signal)
  } catch (error) {
    if (isAbort(error)) throw error
    const why = classify(error).message
    return `what the source offers now is not known, and taken to be what it was: ${why}`
  }
}
