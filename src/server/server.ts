// The process of the engine's API and its schedule; of the backups, which have one too; of the
// alerts; and of what tells the engine that the store has news.
import { join } from 'node:path'
import { createEngineServer } from '../engine/server.ts'
import { aborted, type Service } from '../std/service.ts'
import { keepAlerts, openAlerts } from './alerts/keeper.ts'
import { keepBackups } from './backup/keeper.ts'
import { definitions } from './definitions.ts'
import { followStore } from './follow.ts'
import { databaseUrl, readKey } from './keys.ts'
import { readMasterKey } from './master-key.ts'
import { postSyncOf } from './post-sync.ts'
import { serviceProcess } from './service-process.ts'
import { ownTls } from './tls.ts'

await serviceProcess('server', async (settings, logger) => {
  const { app, service } = await createEngineServer({
    databaseUrl: await databaseUrl(settings),
    sealingKey: await readMasterKey(settings),
    definitions,
    host: settings.options.host,
    port: settings.options.apiPort,
    tls: await ownTls(settings, logger),
    runFolder: join(settings.dataFolder, 'run', 'server'),
    metricsToken: await readKey(settings.dataFolder, 'metrics.token'),
    postSync: await postSyncOf(settings),
    logger,
  })
  const watch = await openAlerts(settings, logger)
  const listening = new Promise((resolve) => app.server.once('listening', resolve))
  const all: Service = {
    run: async (signal) => {
      await Promise.all([
        service.run(signal),
        keepBackups(settings, logger, signal),
        keepAlerts(watch, signal),
        Promise.race([listening, aborted(signal)]).then(() =>
          followStore(settings, logger, signal),
        ),
      ])
    },
  }
  return { service: all, ready: listening }
})
