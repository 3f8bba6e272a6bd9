// What people and programs change, by whichever door: who, what, and whether it was let. Never a
// body, which may hold a secret (L5); of a query its text. One table for all services, so that
// there is one place to look.
import { join } from 'node:path'
import { migrate, type Schema } from './migrate.ts'
import type { Pool } from './pool.ts'
import { type Db, exec, many, sql } from './query.ts'
import type { Audited, AuditEntry } from './shapes.ts'

export const auditSchema: Schema = {
  name: 'audit',
  folder: join(import.meta.dirname, 'migrations'),
}

/** Safe from any number of processes at once. */
export async function migrateAudit(pool: Pool): Promise<void> {
  await migrate(pool, auditSchema)
}

export async function writeAudit(db: Db, one: Audited): Promise<void> {
  await exec(
    db,
    sql`insert into audit.entry (place, person, action, detail, status)
        values (${one.place}, ${one.person}, ${one.action}, ${JSON.stringify(one.detail)},
                ${one.status})`,
  )
}

const keptDays = 180

export async function sweepAudit(db: Db): Promise<void> {
  await exec(db, sql`delete from audit.entry where at < now() - ${keptDays} * interval '1 day'`)
}

/** The newest first; those before `before` where one is given. */
export function listAudit(db: Db, before: string | null, limit: number): Promise<AuditEntry[]> {
  return many(
    db,
    sql`select id, to_json(at) #>> '{}' as at, place, person, action, detail, status
        from audit.entry where (${before}::bigint is null or id < ${before}::bigint)
        order by id desc limit ${limit}`,
  )
}
