// Does with states and generations what stream-life.ts decides. Every call is part of a
// transaction of its caller's, which holds the attempt's row (L6).
import type { Db } from '../../postgres/query.ts'
import type { Connection } from '../store/connection.ts'
import type { JobType } from '../store/job.ts'
import {
  deleteStates,
  deleteStreamStates,
  endRefresh,
  listGenerations,
  listStates,
  startRefresh,
  upsertGenerations,
} from '../store/state.ts'
import { type AttemptEnd, type AttemptStart, refreshedBy, startOf } from './stream-life.ts'

export async function startStreams(
  db: Db,
  jobType: JobType,
  connection: Pick<Connection, 'connectionId' | 'streams'>,
): Promise<AttemptStart> {
  const { connectionId } = connection
  const start = startOf(jobType, connection.streams, {
    generations: await listGenerations(db, connectionId),
    states: await listStates(db, connectionId),
  })
  const generations = start.streams.filter((one) => one.refreshes)
  await upsertGenerations(
    db,
    connectionId,
    generations.map(({ choice, generationId }) => ({ ...choice, generationId })),
  )
  if (start.states.length === 0) await deleteStates(db, connectionId)
  else await deleteStreamStates(db, connectionId, refreshedBy(start))
  return start
}

export async function endStreams(db: Db, connectionId: string, end: AttemptEnd): Promise<void> {
  await endRefresh(db, connectionId, end.refreshed)
  await startRefresh(db, connectionId, end.expired)
  if (end.forgetStates) await deleteStates(db, connectionId)
}
