// The process of plaid-api.
import { createPlaidApi } from '../plaid-api/service.ts'
import { plaidBaseUrl } from '../plaid/client.ts'
import { emulatorUrl, webhookAddress } from './addresses.ts'
import { productsOf } from './products.ts'
import { databaseUrl, plaidCredentials, readKey } from './keys.ts'
import { readMasterKey } from './master-key.ts'
import { serviceProcess } from './service-process.ts'
import type { Settings } from './settings.ts'
import { ownTls } from './tls.ts'

const minuteMs = 60_000

await serviceProcess('plaid-api', async (settings, logger) => {
  const { options, emulated } = settings
  const { app, service } = await createPlaidApi({
    databaseUrl: await databaseUrl(settings),
    sealingKey: await readMasterKey(settings),
    plaid: {
      environment: options.plaidEnv,
      baseUrl: plaidUrl(settings),
      ...(await plaidCredentials(settings)),
    },
    host: options.host,
    port: options.plaidApiPort,
    tls: await ownTls(settings, logger),
    metricsToken: await readKey(settings.dataFolder, 'metrics.token'),
    sharesPort: options.plaidApiProcesses > 1,
    openReads: options.openReads === 'auto' ? emulated : options.openReads === 'loopback',
    pollEveryMs: options.pollMinutes * minuteMs,
    clientName: 'Tartan',
    products: productsOf(options.plaidProducts),
    daysRequested: options.daysRequested,
    countryCodes: options.countryCodes,
    language: options.language,
    webhook: webhookAddress(settings),
    logger,
  })
  return { service, ready: new Promise((resolve) => app.server.once('listening', resolve)) }
})

function plaidUrl(settings: Settings): string {
  const { plaidUrl: given, plaidEnv } = settings.options
  if (given !== undefined) return given.replace(/\/+$/, '')
  return plaidEnv === 'emulator' ? emulatorUrl(settings) : plaidBaseUrl[plaidEnv]
}
