// What the PostgreSQL that comes along has to have: two databases, each with its owner, and a role
// for those who only look.
import { superuser } from '../postgres/embedded.ts'
import { createPool } from '../postgres/pool.ts'
import { ensureDatabase, ensureReader } from '../postgres/provision.ts'
import { TransientError } from '../std/errors.ts'
import { embeddedUrl, readKey } from './keys.ts'
import type { Settings } from './settings.ts'

/** Ready means: it takes connections, and both databases are there. */
export async function provision(settings: Settings): Promise<void> {
  const admin = createPool(await embeddedUrl(settings, superuser, 'postgres'), {
    name: 'tartan supervisor',
    connectionsMax: 1,
  })
  try {
    await ensureDatabase(admin, 'tartan', await readKey(settings.dataFolder, 'tartan.password'))
    const warehouse = await readKey(settings.dataFolder, 'warehouse.password')
    await ensureDatabase(admin, 'warehouse', warehouse)
    await provisionReader(settings)
  } catch (cause) {
    throw new TransientError('POSTGRES_NOT_READY', `PostgreSQL is not ready: ${String(cause)}`, {
      cause,
    })
  } finally {
    await admin.end()
  }
}

/** Beside the warehouse's owner a role for those who only look. */
async function provisionReader(settings: Settings): Promise<void> {
  const url = await embeddedUrl(settings, superuser, 'warehouse')
  const database = createPool(url, { name: 'tartan supervisor', connectionsMax: 1 })
  try {
    const password = await readKey(settings.dataFolder, 'tartan_reader.password')
    await ensureReader(database, { owner: 'warehouse', password })
  } finally {
    await database.end()
  }
}
