// What goes with what is deleted: a source or destination takes its connections along, a
// connection its syncs. The rows stay, for their jobs still name them.
import type { Pool } from '../../postgres/pool.ts'
import { cancelJob } from '../job/outcome.ts'
import { deleteActor } from '../store/actor.ts'
import { connectionsOfActor, deprecateConnection } from '../store/connection.ts'
import { listJobs } from '../store/job.ts'

/** With its connections, whose syncs end. */
export async function removeActor(pool: Pool, actorId: string): Promise<void> {
  for (const { connectionId } of await connectionsOfActor(pool, actorId)) {
    await removeConnection(pool, connectionId)
  }
  await deleteActor(pool, actorId)
}

/** Its syncs end; its jobs stay to be read. */
export async function removeConnection(pool: Pool, connectionId: string): Promise<void> {
  await deprecateConnection(pool, connectionId)
  const active = await listJobs(
    pool,
    { connectionId, statuses: ['pending', 'running', 'incomplete'] },
    { by: 'createdAt', descending: true },
    { limit: 1, offset: 0 },
  )
  for (const { jobId } of active) await cancelJob(pool, jobId).catch(() => {})
}
