// `emulator`: runs an emulated Plaid alone, or steers the one that runs: Tartan's own, or the one
// that TARTAN_EMULATOR_ADMIN_TOKEN opens.
import type { Command } from 'commander'
import { askRunning, runningOf } from '../../../packages/plaid-emulator/src/admin-client.ts'
import { buildCommandLine } from '../../../packages/plaid-emulator/src/command-line.ts'
import { ConfigError } from '../../std/errors.ts'
import { emulatorUrl } from '../../server/addresses.ts'
import { readKey } from '../../server/keys.ts'
import { readGiven } from '../../server/settings.ts'
import { runningSettings } from '../context.ts'
import { givenFlags } from '../flags.ts'
import { request } from '../../server/client/http.ts'
import { note } from '../print.ts'

export function emulatorCommand(program: Command): void {
  const emulator = program
    .command('emulator')
    .description('Runs an emulated Plaid alone, or steers the one that runs.')
    .option('--url <url>', 'steers the emulator there, with TARTAN_EMULATOR_ADMIN_TOKEN')
  buildCommandLine(emulator, {
    given: (command) => readGiven(givenFlags(command)),
    ask: (command, path, body) => {
      const flags = command.optsWithGlobals<{ url?: string; port?: string }>()
      const running = runningOf(flags)
      // whoever has a token to give means the emulator that was started with it
      return flags.url === undefined && running.token === undefined
        ? askOwn(command, path, body)
        : askRunning(running, path, body)
    },
  })
}

/** Tartan's own, with the key of its data folder. */
async function askOwn(command: Command, path: string, body?: object): Promise<unknown> {
  const settings = await runningSettings(command).catch(tellOfAlone)
  if (!settings.emulated) {
    throw new ConfigError('NOT_EMULATED', 'a real Plaid runs here: it cannot be steered')
  }
  const answer = await request({
    service: 'plaid-emulator',
    url: emulatorUrl(settings) + path,
    bearer: await readKey(settings.dataFolder, 'emulator-admin.token'),
    ...(body ? { body } : {}),
  })
  if (body && 'advance' in body) note('Next: make plaid-sync; make airbyte-sync')
  return answer
}

/** One that runs alone has no data folder where its token would be found. */
function tellOfAlone(error: unknown): never {
  if (!(error instanceof ConfigError && error.code === 'NOT_RUNNING')) throw error
  const sentence =
    `${error.message}; one that ./tartan emulator runs alone is steered with the ` +
    'TARTAN_EMULATOR_ADMIN_TOKEN that it was started with'
  throw new ConfigError(error.code, sentence, { cause: error })
}
