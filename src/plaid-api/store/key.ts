// API keys, by their hash only (L5).
import { type Db, exec, maybeOne, sql } from '../../postgres/query.ts'

export async function insertKey(db: Db, keyHash: string, name: string): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.api_key (key_hash, name) values (${keyHash}, ${name})
        on conflict do nothing`,
  )
}

export async function keyExists(db: Db, keyHash: string): Promise<boolean> {
  const row = await maybeOne(
    db,
    sql`select 1 as found from plaid.api_key where key_hash = ${keyHash}`,
  )
  return row !== undefined
}
