// What a set-up should look like, as data: one source, one destination, one connection with its
// schedule. Names find them again, so that applying it twice makes nothing twice.
import { catalog } from '../../catalog/catalog.ts'
import { addressOf } from '../../postgres/address.ts'
import { ConfigError } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'

export interface Desired {
  source: Actor
  destination: Actor
  connection: {
    name: string
    configurations: { streams: DesiredStream[] }
    schedule: { scheduleType: 'cron'; cronExpression: string }
    namespaceDefinition: 'destination'
    prefix: ''
    nonBreakingSchemaUpdatesBehavior: 'propagate_columns'
    status: 'active'
  }
}

export interface Actor {
  name: string
  definitionId: string
  configuration: Record<string, unknown>
}

interface DesiredStream {
  name: string
  syncMode: 'full_refresh_overwrite_deduped' | 'incremental_deduped_history'
  cursorField?: string[]
  primaryKey?: string[][]
}

const sourceName = 'Plaid'
const destinationName = 'Warehouse'
export const connectionName = 'Plaid to warehouse'
const warehouseSchema = 'airbyte_plaid'

export interface Wish {
  sourceDefinitionId: string
  destinationDefinitionId: string
  plaidApiUrl: string
  plaidApiKey: Secret
  warehouseUrl: Secret
  cronExpression: string
}

export function desiredState(wish: Wish): Desired {
  return {
    source: {
      name: sourceName,
      definitionId: wish.sourceDefinitionId,
      configuration: { base_url: wish.plaidApiUrl, api_key: wish.plaidApiKey.reveal() },
    },
    destination: {
      name: destinationName,
      definitionId: wish.destinationDefinitionId,
      configuration: postgresConfiguration(wish.warehouseUrl),
    },
    connection: {
      name: connectionName,
      configurations: { streams: desiredStreams() },
      schedule: { scheduleType: 'cron', cronExpression: wish.cronExpression },
      namespaceDefinition: 'destination',
      prefix: '', // queries, verify and init read airbyte_plaid.accounts and .transactions
      nonBreakingSchemaUpdatesBehavior: 'propagate_columns',
      status: 'active',
    },
  }
}

/** A stream with a cursor comes as its changes, one without comes whole. */
function desiredStreams(): DesiredStream[] {
  return catalog.map(({ name, cursorField, primaryKey }) =>
    cursorField === null
      ? { name, syncMode: 'full_refresh_overwrite_deduped' }
      : {
          name,
          syncMode: 'incremental_deduped_history',
          cursorField: [cursorField],
          primaryKey: primaryKey.map((field) => [field]),
        },
  )
}

/** A postgres:// URL as the configuration of Airbyte's Postgres destination. */
export function postgresConfiguration(url: Secret): Record<string, unknown> {
  const { host, port, database, user, password, tls, options } = addressOf(url)
  if (options !== undefined) {
    throw new ConfigError(
      'DATABASE_URL_INVALID',
      'TARTAN_WAREHOUSE_URL has options, which Airbyte’s destination has no field for: take it out',
    )
  }
  return {
    destinationType: 'postgres',
    host,
    port,
    database,
    schema: warehouseSchema,
    username: user,
    password: password?.reveal() ?? '',
    ssl_mode: {
      // With a CA libpq's `require` is its verify-ca, which others know by that name alone.
      mode: tls.mode === 'require' && tls.ca !== undefined ? 'verify-ca' : tls.mode,
      ...(tls.ca === undefined ? {} : { ca_certificate: tls.ca }),
      ...(tls.certificate === undefined ? {} : { client_certificate: tls.certificate }),
      ...(tls.key ? { client_key: tls.key.reveal() } : {}),
      ...(tls.passphrase ? { client_key_password: tls.passphrase.reveal() } : {}),
    },
  }
}
