// `emulator`: moves the emulated banks' clock, asks how it stands, or runs an emulator of its own
// in the foreground.
import { type Command, Option } from 'commander'
import { aborted } from '../../std/service.ts'
import { createLogger } from '../../std/log.ts'
import { ConfigError } from '../../std/errors.ts'
import { emulatorUrl } from '../../server/addresses.ts'
import { readKey } from '../../server/keys.ts'
import { table, type TartanOptions } from '../../server/options.ts'
import type { Settings } from '../../server/settings.ts'
import { runningSettings, settingsOf } from '../context.ts'
import { request } from '../http.ts'
import { note, out, outJson } from '../print.ts'

interface Alone {
  data?: string
  world?: TartanOptions['emulatorWorld']
}

export function emulatorCommand(program: Command): void {
  const emulator = program
    .command('emulator')
    .description('Runs an emulated Plaid alone, or steers the one that runs.')
    .option('--data <folder>', 'keeps its state there; without it, in memory')
    .addOption(
      new Option('--world <name>', 'whose life it shows').choices(table.emulatorWorld.choices),
    )
    .action(async (given: Alone, command: Command) => {
      await runAlone(await settingsOf(command), given)
    })
  emulator
    .command('advance')
    .description('Moves the banks’ clock forward: 30d, 12h, 5m.')
    .argument('<duration>')
    .action(async (duration: string, _, command: Command) => {
      const body = { advance: duration }
      outJson(await askEmulator(await runningSettings(command), '/emulator/commands', body))
      note('Next: make plaid-sync, then make airbyte-sync')
    })
  emulator
    .command('status')
    .description('Shows the banks’ clock and Items.')
    .action(async (_, command: Command) => {
      outJson(await askEmulator(await runningSettings(command), '/emulator/status'))
    })
}

async function askEmulator(settings: Settings, path: string, body?: object): Promise<unknown> {
  if (!settings.emulated) {
    throw new ConfigError('NOT_EMULATED', 'a real Plaid runs here: its clock cannot be moved')
  }
  return request({
    service: 'plaid-emulator',
    url: emulatorUrl(settings) + path,
    bearer: await readKey(settings.dataFolder, 'emulator-admin.token'),
    ...(body ? { body } : {}),
  })
}

/** Any non-empty credentials open it; it is for other programs' tests. */
async function runAlone({ options }: Settings, given: Alone): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  // Loaded here: the other commands need none of it.
  const { createEmulator } = await import('../../plaid-emulator/emulator.ts')
  const emulator = await createEmulator({
    host: options.host,
    port: options.emulatorPort,
    seed: options.emulatorSeed,
    world: given.world ?? options.emulatorWorld,
    logger: createLogger('plaid-emulator', options.logLevel),
    ...(given.data === undefined ? {} : { dataFolder: given.data }),
    ...(options.emulatorDate === undefined ? {} : { startDate: options.emulatorDate }),
  })
  out(`An emulated Plaid answers at ${emulator.url}; any client id and secret will do.`)
  await aborted(stop.signal)
  await emulator.stop()
}
