// Clients of the API: an id and a secret that is told once and kept as a hash (L5).
import type { Pool } from '../../postgres/pool.ts'
import { randomToken, uuid } from '../../std/ids.ts'
import { hashToken, Secret } from '../../std/secrets.ts'
import { insertApplication, type NewApplication } from '../store/application.ts'
import { migrateEngine } from '../store/schema.ts'

/** The name of the installation's own client, which no other has. */
export const ownApplication = 'tartan command line'

export interface Application {
  clientId: string
  clientSecret: Secret
}

type Rights = Pick<NewApplication, 'scope' | 'days' | 'perMinuteMax'>

/** Of whoever holds the machine. */
const everything: Rights = { scope: 'admin', days: null, perMinuteMax: null }

export async function createApplication(
  pool: Pool,
  name: string,
  rights: Rights = everything,
): Promise<Application> {
  const application = { clientId: uuid(), clientSecret: new Secret(randomToken()) }
  await admitApplication(pool, name, application, rights)
  return application
}

/** One whose secret somebody else made; an id that is known stays as it is. */
export async function admitApplication(
  pool: Pool,
  name: string,
  { clientId, clientSecret }: Application,
  rights: Rights = everything,
): Promise<void> {
  await migrateEngine(pool)
  const secretHash = hashToken(clientSecret.reveal())
  await insertApplication(pool, { clientId, name, secretHash, ...rights })
}
