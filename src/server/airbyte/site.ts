// The Airbyte that a set-up is to reach, ours or one elsewhere with the credentials that are given,
// and what we wish of it.
import { ConfigError } from '../../std/errors.ts'
import { engineUrl, isEncrypted, plaidApiUrl } from '../addresses.ts'
import { readKey, warehouseUrl } from '../keys.ts'
import { table } from '../options.ts'
import { productsOf } from '../products.ts'
import type { Settings } from '../settings.ts'
import { readCa } from '../tls.ts'
import { airbyte, type Airbyte } from './client.ts'
import { connectionFile } from './connection-file.ts'
import type { Site } from './definition.ts'
import { type Desired, desiredState } from './desired.ts'
import { ourAirbyte } from './ours.ts'
import { findTarget } from './target.ts'

export async function desiredOf(settings: Settings): Promise<Desired> {
  return desiredState(await connectionFile(settings), {
    plaidApiUrl: plaidApiUrl(settings),
    plaidApiKey: await readKey(settings.dataFolder, 'plaid-api.key'),
    plaidApiCa: isEncrypted(settings) ? await readCa(settings) : undefined,
    warehouseUrl: await warehouseUrl(settings),
    products: productsOf(settings.options.plaidProducts),
  })
}

export async function ourSite(settings: Settings, plan: boolean): Promise<Site> {
  const airbyte = await ourAirbyte(settings)
  const target = await findTarget(engineUrl(settings))
  const [first] = await workspacesOf(airbyte)
  return { airbyte, target, workspace: first, plan }
}

/** One elsewhere, which has more workspaces than the one that is meant. */
export async function siteAt(
  { options }: Settings,
  { target: url, workspace: id, plan }: { target: string; workspace?: string; plan: boolean },
): Promise<Site> {
  const { airbyteClientId: clientId, airbyteClientSecret: clientSecret } = options
  const target = await findTarget(url)
  if (clientId === undefined || clientSecret === undefined) {
    const field = table[clientId === undefined ? 'airbyteClientId' : 'airbyteClientSecret'].env
    const sentence =
      `set ${field}: ${target.name} has it in its web app, Settings, Applications; abctl local ` +
      'credentials shows that of its own'
    throw new ConfigError('CREDENTIALS_MISSING', sentence, { field })
  }
  const elsewhere = airbyte({ ...target, clientId, clientSecret }, () => false)
  const all = await workspacesOf(elsewhere)
  const [first, ...others] = id === undefined ? all : all.filter((one) => one.workspaceId === id)
  if (first && others.length === 0) return { airbyte: elsewhere, target, workspace: first, plan }
  const names = all.map(({ name, workspaceId }) => `  ${workspaceId}  ${name}`)
  const sentence = `say which workspace is meant by --workspace:\n${names.join('\n')}`
  throw new ConfigError('WORKSPACE_UNCLEAR', sentence)
}

async function workspacesOf(
  airbyte: Airbyte,
): Promise<[Site['workspace'], ...Site['workspace'][]]> {
  const [first, ...rest] = await airbyte.list<Site['workspace']>('/workspaces')
  if (first) return [first, ...rest]
  throw new ConfigError('NO_WORKSPACE', 'the Airbyte shows this client no workspace: give it one')
}
