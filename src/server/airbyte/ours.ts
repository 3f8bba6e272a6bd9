// Our own engine as an Airbyte, with the credentials that the set-up keeps.
import { engineUrl } from '../addresses.ts'
import { readEngineClient } from '../keys.ts'
import type { Settings } from '../settings.ts'
import { isUp } from '../supervisor/lock.ts'
import { airbyte, type Airbyte, type AirbyteAddress, apiUrls } from './client.ts'

export async function ourAddress(settings: Settings): Promise<AirbyteAddress> {
  return { ...apiUrls(engineUrl(settings)), ...(await readEngineClient(settings.dataFolder)) }
}

export async function ourAirbyte(settings: Settings): Promise<Airbyte> {
  const address = await ourAddress(settings)
  return airbyte(
    address,
    () => isUp(settings),
    () => ourAddress(settings),
  )
}
