// The PostgreSQL that comes along, as it runs in a data folder.
import { join } from 'node:path'
import { embeddedPostgres, type EmbeddedServer } from '../postgres/embedded.ts'
import { keepsWal, type Settings } from './settings.ts'

const servers = new Map<string, Promise<EmbeddedServer>>()

/** Asked for once: as root it tries how a server can run here. */
export function embeddedServer({ dataFolder }: Settings): Promise<EmbeddedServer> {
  const found = servers.get(dataFolder) ?? embeddedPostgres(join(dataFolder, 'postgres'))
  servers.set(dataFolder, found)
  // What was in the way may be mended by the next time.
  found.catch(() => servers.delete(dataFolder))
  return found
}

/** With what it is started so that its WAL is kept, where it is to be. */
export async function archivingOf(
  settings: Settings,
  server: EmbeddedServer,
): Promise<Record<string, string>> {
  return keepsWal(settings) ? server.archiving(settings.options.backupWalMinutes) : {}
}
