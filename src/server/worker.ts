// The process that runs syncs.
import { join } from 'node:path'
import { createWorker } from '../engine/worker.ts'
import { definitions } from './definitions.ts'
import { databaseUrl, readKey } from './keys.ts'
import { readMasterKey } from './master-key.ts'
import { postSyncOf } from './post-sync.ts'
import { serviceProcess } from './service-process.ts'
import { ownTls } from './tls.ts'

await serviceProcess('worker', async (settings, logger) => {
  const { host, workerPort: port, workerJobsMax: jobsMax } = settings.options
  const metricsToken = await readKey(settings.dataFolder, 'metrics.token')
  return {
    service: await createWorker({
      databaseUrl: await databaseUrl(settings),
      sealingKey: await readMasterKey(settings),
      definitions,
      runFolder: join(settings.dataFolder, 'run', 'worker'),
      postSync: await postSyncOf(settings),
      jobsMax,
      ...(port === 0
        ? {}
        : { probes: { host, port, metricsToken, tls: await ownTls(settings, logger) } }),
      logger,
    }),
  }
})
