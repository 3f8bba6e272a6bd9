// Clients of the API: an id and a secret that is told once and kept as a hash (L5).
import type { Pool } from '../../postgres/pool.ts'
import { randomToken, uuid } from '../../std/ids.ts'
import { hashToken, Secret } from '../../std/secrets.ts'
import { insertApplication } from '../store/application.ts'
import { migrateEngine } from '../store/schema.ts'

export interface Application {
  clientId: string
  clientSecret: Secret
}

export async function createApplication(pool: Pool, name: string): Promise<Application> {
  await migrateEngine(pool)
  const clientId = uuid()
  const clientSecret = randomToken()
  await insertApplication(pool, { clientId, name, secretHash: hashToken(clientSecret) })
  return { clientId, clientSecret: new Secret(clientSecret) }
}
