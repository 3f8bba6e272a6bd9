// Does with states and generations what stream-life.ts decides. Every call is part of a
// transaction of its caller's, which holds the attempt's row (L6).
import type { Db } from '../../postgres/query.ts'
import {
  deleteStates,
  deleteStreamStates,
  listGenerations,
  listStates,
  openGenerations,
  saveEarned,
  setGenerations,
  startRefresh,
} from '../store/state.ts'
import { type AttemptEnd, type AttemptStart, refreshedBy, startOf } from './stream-life.ts'
import { type Plan, versionsOf } from './stream-version.ts'
import type { JobType } from '../store/shapes.ts'

export async function startStreams(
  db: Db,
  jobType: JobType,
  connection: Plan & { connectionId: string },
  configuration: string,
): Promise<AttemptStart> {
  const { connectionId, streams } = connection
  const start = startOf(jobType, streams, versionsOf(connection, configuration), {
    generations: await listGenerations(db, connectionId),
    states: await listStates(db, connectionId),
  })
  const rows = start.streams.map(({ choice, generationId, opens }) => ({
    name: choice.name,
    ...(choice.namespace === undefined ? {} : { namespace: choice.namespace }),
    generationId,
    opens,
  }))
  await openGenerations(
    db,
    connectionId,
    rows.filter((row) => row.opens),
  )
  await setGenerations(
    db,
    connectionId,
    rows.filter((row) => !row.opens),
  )
  await startRefresh(db, connectionId, start.dropped)
  if (start.states.length === 0) await deleteStates(db, connectionId)
  else await deleteStreamStates(db, connectionId, [...refreshedBy(start), ...start.dropped])
  return start
}

export async function endStreams(db: Db, connectionId: string, end: AttemptEnd): Promise<void> {
  await saveEarned(db, connectionId, end.earned)
  await startRefresh(db, connectionId, end.expired)
  if (end.forgetStates) await deleteStates(db, connectionId)
}
