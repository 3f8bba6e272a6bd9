// The process of the engine's API and its schedule.
import { join } from 'node:path'
import { createEngineServer } from '../engine/server.ts'
import { definitions } from './definitions.ts'
import { databaseUrl, readMasterKey } from './keys.ts'
import { serviceProcess } from './service-process.ts'

await serviceProcess('server', async (settings, logger) => {
  const { app, service } = await createEngineServer({
    databaseUrl: await databaseUrl(settings),
    sealingKey: await readMasterKey(settings.dataFolder),
    definitions,
    host: settings.options.host,
    port: settings.options.apiPort,
    runFolder: join(settings.dataFolder, 'run', 'server'),
    logger,
  })
  return { service, ready: new Promise((resolve) => app.server.once('listening', resolve)) }
})
