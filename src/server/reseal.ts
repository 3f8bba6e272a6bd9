// Every sealed value sealed anew with the newest master key. It may be broken off at any moment and
// run again: a value is replaced in one statement, by the old key or by the new one it always
// opens, and what is done is not done twice. Services go on meanwhile (master-key.ts).
import type { Pool } from '../postgres/pool.ts'
import {
  countByKey,
  replaceValue,
  type SealedColumn,
  type SealedValue,
  staleValues,
} from '../postgres/sealed.ts'
import type { Db } from '../postgres/query.ts'
import { seal, type SealingKey, unseal } from '../std/secrets.ts'

/** All that is sealed; the file of a run beside it (run-file.ts). */
export const sealedColumns: readonly SealedColumn[] = [
  { schema: 'plaid', table: 'item', owner: 'item_id', column: 'access_token' },
  { schema: 'plaid', table: 'link_session', owner: 'session_id', column: 'link_token' },
  { schema: 'engine', table: 'actor', owner: 'id', column: 'configuration' },
]

const pageMax = 500

/** How many were sealed anew. What no key here opens stays, and fails it in the end. */
export async function reseal(
  pool: Pool,
  key: SealingKey,
  hear: (done: number) => void = () => {},
): Promise<number> {
  let done = 0
  let failure: unknown
  for (const column of sealedColumns) {
    for await (const value of stale(pool, column, key.id)) {
      try {
        const anew = seal(key, value.owner, unseal(key, value.owner, value.sealed))
        if (await replaceValue(pool, column, value, anew)) hear(++done)
      } catch (error) {
        failure ??= error
      }
    }
  }
  if (failure !== undefined) throw failure
  return done
}

async function* stale(
  pool: Pool,
  column: SealedColumn,
  keyId: string,
): AsyncGenerator<SealedValue> {
  for (let after = ''; ;) {
    const page = await staleValues(pool, column, { keyId, after, limit: pageMax })
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    after = last.owner
  }
}

/** How many values each key has sealed. */
export async function sealedByKey(db: Db): Promise<Map<string, number>> {
  const total = new Map<string, number>()
  for (const column of sealedColumns) {
    for (const { id, values } of await countByKey(db, column)) {
      total.set(id, (total.get(id) ?? 0) + values)
    }
  }
  return total
}
