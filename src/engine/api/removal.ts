// What goes with what is deleted: a source or destination takes its connections along, a
// connection its syncs, all in one transaction. The rows stay, for their jobs still name them.
import type { Db } from '../../postgres/query.ts'
import { cancelActiveJob } from '../job/outcome.ts'
import { deleteActor } from '../store/actor.ts'
import { deprecateConnection, listConnectionsOfActor } from '../store/connection.ts'

/** With its connections, whose syncs end. Nobody makes another one meanwhile: its row is locked. */
export async function removeActor(db: Db, actorId: string): Promise<void> {
  await deleteActor(db, actorId)
  for (const { connectionId } of await listConnectionsOfActor(db, actorId)) {
    await removeConnection(db, connectionId)
  }
}

/** Its syncs end; its jobs stay to be read. */
export async function removeConnection(db: Db, connectionId: string): Promise<void> {
  await deprecateConnection(db, connectionId)
  await cancelActiveJob(db, connectionId)
}
