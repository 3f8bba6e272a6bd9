// The process that runs syncs.
import { join } from 'node:path'
import { createWorker } from '../engine/worker.ts'
import { definitions } from './definitions.ts'
import { databaseUrl, readMasterKey } from './keys.ts'
import { serviceProcess } from './service-process.ts'

await serviceProcess('worker', async (settings, logger) => ({
  service: await createWorker({
    databaseUrl: await databaseUrl(settings),
    sealingKey: await readMasterKey(settings.dataFolder),
    definitions,
    runFolder: join(settings.dataFolder, 'run', 'worker'),
    jobsMax: settings.options.workerJobsMax,
    logger,
  }),
}))
