// The secrets of a running system, by name: what must be nowhere that anybody looks (L5).
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { many, sql } from '../../src/postgres/query.ts'
import { keysFolder } from '../../src/server/keys.ts'
import { readMasterKey } from '../../src/server/master-key.ts'
import { unseal } from '../../src/std/secrets.ts'
import type { System } from './system.ts'

export async function secretsOf({ settings, store }: System): Promise<Map<string, string>> {
  const secrets = new Map<string, string>()
  const folder = keysFolder(settings.dataFolder)
  for (const name of await readdir(folder)) {
    const value = (await readFile(join(folder, name), 'utf8')).trim()
    // The engine's client is its id, which everybody may see, and its secret.
    secrets.set(name, value.split(':').at(-1) ?? '')
  }
  const key = await readMasterKey(settings)
  const items = await many<{ item_id: string; access_token: string }>(
    store,
    sql`select item_id, access_token from plaid.item`,
  )
  for (const item of items) {
    const token = unseal(key, item.item_id, item.access_token).reveal()
    secrets.set(`access token of ${item.item_id}`, token)
  }
  return secrets
}
