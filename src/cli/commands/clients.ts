// `clients`: who may ask the engine's Airbyte API, as Airbyte's applications are: an id and a
// secret each, with what they may do, until when and how often.
import type { Command } from 'commander'
import { createApplication } from '../../engine/api/application.ts'
import { listApplications, revokeApplication } from '../../engine/store/application.ts'
import type { Pool } from '../../postgres/pool.ts'
import { ConfigError } from '../../std/errors.ts'
import { applicationName } from '../bring-up.ts'
import { formatTable, note, out, outJson } from '../print.ts'
import { type RightsOptions, rightsOptions } from '../rights.ts'
import { noteAct, requireName, withStore } from './keys.ts'

const shownMax = 1_000

export function clientsCommand(program: Command): void {
  const clients = program.command('clients').description('Lists, adds, revokes API clients.')
  clients
    .command('list', { isDefault: true })
    .description('Lists them: what each may do, since when and until when, its last use.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      await withStore(command, (pool) => list(pool, options.json === true))
    })
  rightsOptions(clients.command('add'))
    .description('Makes one and prints its id and secret, this once: only a hash is kept.')
    .argument('<name>', 'which program it is for')
    .option('--json', 'as JSON')
    .action(async (name: string, options: AddOptions, command: Command) => {
      await withStore(command, (pool) => add(pool, name.trim(), options))
    })
  clients
    .command('revoke')
    .description('Ends one, with every token that it was given.')
    .argument('<client>', 'its id, as the list shows it')
    .action(async (id: string, _, command: Command) => {
      await withStore(command, (pool) => revoke(pool, id.trim()))
    })
}

async function list(pool: Pool, asJson: boolean): Promise<void> {
  const found = await listApplications(pool, shownMax + 1)
  if (asJson) return outJson(found)
  const rows = found
    .slice(0, shownMax)
    .map((one) => [
      one.client_id,
      one.name,
      one.scope,
      one.per_minute_max,
      one.created_at,
      one.used_at,
      one.expires_at,
      one.revoked_at,
    ])
  const names = ['id', 'name', 'scope', 'a minute', 'created', 'used', 'expires', 'revoked']
  out(formatTable(names, rows))
  if (found.length > shownMax) note(`… and more: the ${shownMax} first, those that open`)
}

interface AddOptions extends RightsOptions {
  json?: boolean
}

async function add(pool: Pool, name: string, asked: AddOptions): Promise<void> {
  requireName(name)
  if (name === applicationName) {
    throw new ConfigError('CLIENT_NAME_TAKEN', `${name} is Tartan’s own: choose another name`)
  }
  const { scope, days = null, perMinute: perMinuteMax, json } = asked
  const { clientId, clientSecret } = await createApplication(pool, name, {
    scope,
    days,
    perMinuteMax,
  })
  await noteAct(pool, 'clients add', { id: clientId, name, scope })
  const clear = { client_id: clientId, client_secret: clientSecret.reveal() }
  if (json) return outJson({ name, scope, ...clear })
  for (const [field, value] of Object.entries(clear)) out(`${field.padEnd(13)} ${value}`)
  note('This is shown once. POST /api/public/v1/applications/token gives a token for it.')
  note(`./tartan clients revoke ${clientId} ends it.`)
}

async function revoke(pool: Pool, id: string): Promise<void> {
  const own = (await listApplications(pool, shownMax)).find((one) => one.client_id === id)
  if (own?.name === applicationName && own.revoked_at === null) {
    const sentence = 'that is Tartan’s own: ./tartan keys rotate puts another in its place'
    throw new ConfigError('CLIENT_OWN', sentence)
  }
  const name = await revokeApplication(pool, id)
  if (name === undefined) {
    throw new ConfigError('CLIENT_UNKNOWN', `no client has the id ${id}: ./tartan clients`)
  }
  await noteAct(pool, 'clients revoke', { id, name })
  out(`✓ client “${name}”, ${id}, is revoked`)
}
