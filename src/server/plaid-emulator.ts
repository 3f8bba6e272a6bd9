// The process of the emulated Plaid; it runs in the emulated world only.
import { join } from 'node:path'
import { createEmulator } from '../../packages/plaid-emulator/src/emulator.ts'
import { aborted } from '../std/service.ts'
import { emulatorClientId, readKey } from './keys.ts'
import { serviceProcess } from './service-process.ts'

await serviceProcess('plaid-emulator', async ({ options, dataFolder }, logger) => {
  const emulator = await createEmulator({
    host: options.host,
    port: options.emulatorPort,
    dataFolder: join(dataFolder, 'emulator'),
    seed: options.emulatorSeed,
    world: options.emulatorWorld,
    readiness: options.emulatorReadiness,
    itemsExpireAfter: options.emulatorItemsExpireAfter,
    rateLimits: options.emulatorRateLimits,
    clientId: emulatorClientId,
    secret: await readKey(dataFolder, 'emulator.secret'),
    adminToken: await readKey(dataFolder, 'emulator-admin.token'),
    ...(options.emulatorDate === undefined ? {} : { startDate: options.emulatorDate }),
    ...(options.emulatorPublicUrl === undefined ? {} : { publicUrl: options.emulatorPublicUrl }),
    ...(options.emulatorScenario === undefined ? {} : { scenario: options.emulatorScenario }),
    logger,
  })
  return {
    service: {
      run: async (signal) => {
        await aborted(signal)
        await emulator.stop()
      },
    },
  }
})
