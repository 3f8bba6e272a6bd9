// What an Airbyte should look like, as data: `airbyte/connection.yaml`, with the addresses and
// credentials that only the options know. Names find things again, so that applying it twice makes
// nothing twice.
import { catalog, streamsOf } from '../../catalog/catalog.ts'
import type { StreamProduct } from '../../catalog/stream.ts'
import { addressOf } from '../../postgres/address.ts'
import { ConfigError } from '../../std/errors.ts'
import type { Secret } from '../../std/secrets.ts'
import type { ConnectionFile, FileActor } from './connection-file.ts'

export interface Desired {
  source: Actor
  destination: Actor
  connection: Omit<ConnectionFile['connection'], 'followsSource'> & {
    namespaceDefinition: 'destination'
    prefix: ''
    followsSource?: boolean
  }
}

export interface Actor {
  name: string
  /** What runs it, where that is no manifest and no connector of Airbyte's. */
  image?: string
  configuration: Record<string, unknown>
}

const warehouseSchema = 'airbyte_plaid'

export interface Wish {
  plaidApiUrl: string
  plaidApiKey: Secret
  /** Of plaid-api's certificate, PEM, where it is a CA of one's own. */
  plaidApiCa?: string | undefined
  /** Whose streams are pulled, so that there is something to bring. */
  products: readonly StreamProduct[]
  warehouseUrl: Secret
}

export function desiredState(file: ConnectionFile, wish: Wish): Desired {
  const { streams } = file.connection.configurations
  const { followsSource: follow = 'keep', postSyncCommand: step, ...connection } = file.connection
  // A stream of a product that nobody asks Plaid for counts as not written.
  const idle = new Set(catalog.map(({ name }) => name))
  for (const { name } of streamsOf(wish.products)) idle.delete(name)
  const isPulled = ({ name }: DesiredStream) => !idle.has(name)
  return {
    source: actor(file.source, {
      base_url: wish.plaidApiUrl,
      api_key: wish.plaidApiKey.reveal(),
      ...(wish.plaidApiCa === undefined ? {} : { ca_certificate: wish.plaidApiCa }),
    }),
    destination: actor(file.destination, postgresConfiguration(wish.warehouseUrl)),
    connection: {
      ...connection,
      // Both are ours alone; where nothing is wished, it stays as it is.
      ...(follow === 'keep' ? {} : { followsSource: follow === 'on' }),
      ...(step === undefined ? {} : { postSyncCommand: step === 'none' ? '' : step }),
      configurations: { streams: streams.filter(isPulled).map(streamOf) },
      namespaceDefinition: 'destination',
      prefix: '', // queries, verify and init read airbyte_plaid.accounts and .transactions
    },
  }
}

function actor({ name, image, configuration }: FileActor, ours: Record<string, unknown>): Actor {
  return {
    name,
    ...(image === undefined ? {} : { image }),
    configuration: { ...configuration, ...ours },
  }
}

type DesiredStream = ConnectionFile['connection']['configurations']['streams'][number]

/** Key and cursor are the source's own; an Airbyte takes them in words where they are the same. */
function streamOf(stream: DesiredStream): DesiredStream {
  const known = catalog.find(({ name }) => name === stream.name)
  if (!known || !stream.syncMode.startsWith('incremental')) {
    return stream
  }
  return {
    cursorField: [known.cursorField],
    primaryKey: known.primaryKey.map((field) => [field]),
    ...stream,
  }
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
