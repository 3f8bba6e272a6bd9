// The engine's own schema in the internal database.
import { join } from 'node:path'
import { migrateAudit } from '../../postgres/audit.ts'
import { migrate, type Schema } from '../../postgres/migrate.ts'
import type { Pool } from '../../postgres/pool.ts'

export const engineSchema: Schema = {
  name: 'engine',
  folder: join(import.meta.dirname, '..', 'migrations'),
}

/** Safe from any number of processes at once. */
export async function migrateEngine(pool: Pool): Promise<void> {
  await migrateAudit(pool)
  await migrate(pool, engineSchema)
}
