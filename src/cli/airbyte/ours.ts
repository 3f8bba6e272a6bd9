// Our own engine as an Airbyte, with the credentials that the set-up keeps, and what we wish of it.
import { engineUrl, plaidApiUrl } from '../../server/addresses.ts'
import { plaidSourceId, postgresDestinationId } from '../../server/definitions.ts'
import { readKey, warehouseUrl } from '../../server/keys.ts'
import type { Settings } from '../../server/settings.ts'
import { mayReturn } from '../supervisor.ts'
import { airbyte, type Airbyte, type AirbyteAddress } from './client.ts'
import { type Desired, desiredState } from './desired.ts'

export async function ourAddress(settings: Settings): Promise<AirbyteAddress> {
  const clientId = await readKey(settings.dataFolder, 'engine-client.id')
  return {
    url: engineUrl(settings),
    clientId: clientId.reveal(),
    clientSecret: await readKey(settings.dataFolder, 'engine-client.secret'),
  }
}

export async function ourAirbyte(settings: Settings): Promise<Airbyte> {
  const address = await ourAddress(settings)
  return airbyte(
    address,
    () => mayReturn(settings),
    () => ourAddress(settings),
  )
}

export async function ourDesiredState(settings: Settings): Promise<Desired> {
  return desiredState({
    sourceDefinitionId: plaidSourceId,
    destinationDefinitionId: postgresDestinationId,
    plaidApiUrl: plaidApiUrl(settings),
    plaidApiKey: await readKey(settings.dataFolder, 'plaid-api.key'),
    warehouseUrl: await warehouseUrl(settings),
    cronExpression: settings.options.syncCron,
  })
}
