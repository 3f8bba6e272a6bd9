// `credentials`: what other programs need to talk to this Tartan. The only command that prints
// secrets, because it is asked to.
import type { Command } from 'commander'
import { engineUrl, plaidApiUrl } from '../../server/addresses.ts'
import { databaseUrl, readEngineClient, readKey, warehouseUrl } from '../../server/keys.ts'
import { currentSettings } from '../context.ts'
import { out, outJson } from '../print.ts'

export function credentialsCommand(program: Command): void {
  program
    .command('credentials')
    .description('Prints the API client, the API key and the database URLs, in clear.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const settings = await currentSettings(command)
      const { dataFolder } = settings
      const { clientId, clientSecret } = await readEngineClient(dataFolder)
      const clear = {
        airbyte_api_url: `${engineUrl(settings)}/api/public/v1`,
        client_id: clientId,
        client_secret: clientSecret.reveal(),
        plaid_api_url: plaidApiUrl(settings),
        plaid_api_key: (await readKey(dataFolder, 'plaid-api.key')).reveal(),
        database_url: (await databaseUrl(settings)).reveal(),
        warehouse_url: (await warehouseUrl(settings)).reveal(),
      }
      if (options.json) outJson(clear)
      else for (const [name, value] of Object.entries(clear)) out(`${name.padEnd(16)} ${value}`)
    })
}
