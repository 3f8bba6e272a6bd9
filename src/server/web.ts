// The process of the web app: what only the composition root knows (folders, keys, options) is
// handed to the web server here.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createWebServer, type WebServerOptions } from '../web-server/server.ts'
import type { ProxyLoginOptions } from '../web-server/session/proxy-login.ts'
import { ConfigError } from '../std/errors.ts'
import { ourAddress } from './airbyte/ours.ts'
import { emulatorUrl, engineUrl, plaidApiUrl } from './addresses.ts'
import { databaseUrl, readKey } from './keys.ts'
import { serviceProcess } from './service-process.ts'
import { projectFolder, type Settings } from './settings.ts'
import { readerUrl } from './keys.ts'
import { ownTls } from './tls.ts'
import { currentSettings, webSystem } from './web-system.ts'
import { readerRole } from '../postgres/provision.ts'
import { webAlerts } from './web-alerts.ts'
import { builtApp } from './web-app.ts'

await serviceProcess('web', async (settings, logger) => {
  const { options } = settings
  const { app, service } = await createWebServer({
    databaseUrl: await databaseUrl(settings),
    host: options.host,
    port: options.webPort,
    tls: await ownTls(settings, logger),
    publicUrl: options.webUrl,
    proxies: options.webProxies ?? '',
    proxyLogin: proxyLoginOf(settings),
    open: options.webOpen === 'auto' && settings.emulated,
    sql: options.webSql === 'on',
    world: options.plaidEnv,
    version: await version(),
    ...services(settings),
    warehouseUrl: async () => readerUrl(await currentSettings(settings)),
    metricsToken: await readKey(settings.dataFolder, 'metrics.token'),
    readerRole: options.warehouseUrl === undefined ? readerRole : undefined,
    system: webSystem(settings),
    alerts: await webAlerts(settings),
    app: await builtApp(settings.dataFolder),
    logger,
  })
  return { service, ready: new Promise((resolve) => app.server.once('listening', resolve)) }
})

type Services = Pick<WebServerOptions, 'engine' | 'plaid' | 'emulator'>

function services(settings: Settings): Services {
  const { dataFolder, emulated } = settings
  const bearer = (key: 'plaid-api.key' | 'emulator-admin.token') => async () =>
    `Bearer ${(await readKey(dataFolder, key)).reveal()}`
  return {
    engine: {
      name: 'the engine',
      url: engineUrl(settings),
      authorization: async () => {
        const { clientId, clientSecret } = await ourAddress(settings)
        return `Basic ${Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64')}`
      },
    },
    plaid: {
      name: 'plaid-api',
      url: plaidApiUrl(settings),
      authorization: bearer('plaid-api.key'),
    },
    emulator: emulated
      ? {
          name: 'the emulated Plaid',
          url: emulatorUrl(settings),
          authorization: bearer('emulator-admin.token'),
        }
      : undefined,
  }
}

function proxyLoginOf({ options }: Settings): ProxyLoginOptions | undefined {
  const { webJwks, webJwksIssuer, webJwksAudience, webJwksHeader } = options
  const given = { webJwks, webJwksIssuer, webJwksAudience, webJwksHeader }
  if (Object.values(given).every((value) => value === undefined)) return undefined
  const isUrl = webJwks !== undefined && URL.canParse(webJwks)
  if (isUrl && webJwksIssuer && webJwksAudience && webJwksHeader) {
    const [issuer, audience, header] = [webJwksIssuer, webJwksAudience, webJwksHeader]
    return { jwks: new URL(webJwks), issuer, audience, header }
  }
  const sentence = 'TARTAN_WEB_JWKS needs an address, and _ISSUER, _AUDIENCE and _HEADER beside it'
  throw new ConfigError('OPTION_INVALID', sentence, { field: 'TARTAN_WEB_JWKS' })
}

async function version(): Promise<string> {
  const manifest = await readFile(join(projectFolder, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
