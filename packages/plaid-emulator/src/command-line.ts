// The emulator's command line: runs one in the foreground, or steers one that runs. Tartan's own
// command line and the emulator's package both build it from here.
import { type Command as Commander, Option } from 'commander'
import { parse } from 'yaml'
import { ConfigError, messageOf } from '../../../src/std/errors.ts'
import { createLogger } from '../../../src/std/log.ts'
import { asGiven, type OptionSpec } from '../../../src/std/options.ts'
import { keepNurserySmall } from '../../../src/std/memory.ts'
import { aborted } from '../../../src/std/service.ts'
import { emulatorFlag, emulatorTable, readEmulatorOptions } from './options.ts'

type Given = Record<string, string | undefined>
type EmulatorOptions = ReturnType<typeof readEmulatorOptions>

export interface Surroundings {
  /** What was given beside this command's own flags, by environment variable. */
  given(command: Commander): Promise<Given>
  /** Asks the emulator that runs. */
  ask(command: Commander, path: string, body?: object): Promise<unknown>
}

export function buildCommandLine(command: Commander, surroundings: Surroundings): void {
  for (const { flag, spec } of flags) {
    command.addOption(new Option(`${flag} <value>`, `${spec.doc}${valuesText(spec)}`))
  }
  command.addHelpText('after', SECRETS)
  command.action(async (_, self: Commander) => {
    const own = givenFlags(self)
    await runAlone(readOwn(await surroundings.given(self), own))
  })
  const ask = async (self: Commander, path: string, body?: object): Promise<void> => {
    print(JSON.stringify(await surroundings.ask(self, path, body), null, 2))
  }
  command
    .command('advance')
    .description('Moves the clock of the emulator that runs: 30d, 12h, 5m, or now.')
    .argument('<duration>', 'how far')
    .action((duration: string, _, self: Commander) =>
      ask(self, '/emulator/commands', { advance: duration }),
    )
  command
    .command('status')
    .description('Shows its clock, its Items and what waits.')
    .action((_, self: Commander) => ask(self, '/emulator/status'))
  command
    .command('faults')
    .description('Shows the faults that were ordered and wait.')
    .action((_, self: Commander) => ask(self, '/emulator/faults'))
  command
    .command('do')
    .description('Runs one command, as a scenario writes it: ‘fault: {error_code: RATE_LIMIT}’.')
    .argument('<line>', 'the command, as YAML')
    .action((line: string, _, self: Commander) => ask(self, '/emulator/commands', lineOf(line)))
  command
    .command('commands')
    .description('Lists the commands that ‘do’ and scenarios know.')
    .addOption(
      new Option('--format <format>', 'text, or as docs/emulator-commands.md has it')
        .choices(['text', 'markdown'])
        .default('text'),
    )
    .option('--json', 'as JSON')
    .action(async ({ format, json }: { format: 'text' | 'markdown'; json?: boolean }) => {
      const { commandsJson, commandsPage, commandsText } = await import('./command-pages.ts')
      if (json) print(commandsJson())
      else print(format === 'text' ? commandsText() : commandsPage().trimEnd())
    })
}

const flags = Object.values(emulatorTable).flatMap((spec) => {
  const flag = emulatorFlag(spec)
  return flag === undefined ? [] : [{ flag, spec }]
})

const SECRETS = `
Secrets have no flag, since other users could read it; they come from the environment:
${Object.values(emulatorTable)
  .flatMap(({ type, env, doc }) => (type === 'secret' ? [`  ${env}: ${doc}`] : []))
  .join('\n')}`

function valuesText(spec: OptionSpec): string {
  if (spec.type === 'choice') return ` (${spec.choices.join(', ')}; default ${spec.default})`
  return 'default' in spec && spec.default !== undefined ? ` (default ${spec.default})` : ''
}

function givenFlags(command: Commander): Given {
  const values = command.opts<Given>()
  const given = flags.map(({ flag, spec }) => {
    return [spec.env, values[new Option(`${flag} <value>`).attributeName()]] as const
  })
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

function readOwn(given: Given, own: Given): EmulatorOptions {
  try {
    return readEmulatorOptions({ ...given, ...own })
  } catch (error) {
    throw asGiven(error, (env) => {
      const flag = flags.find(({ spec }) => spec.env === env)?.flag
      return own[env] === undefined ? undefined : `${flag} ${own[env]}`
    })
  }
}

async function runAlone(options: EmulatorOptions): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort())
  const { data, date, publicUrl, scenario, clientId, secret, adminToken, logLevel, ...more } =
    options
  const { scaleItems, scaleTransactions, ...rest } = more
  if ((clientId === undefined) !== (secret === undefined)) {
    throw new ConfigError(
      'CREDENTIALS_INCOMPLETE',
      'TARTAN_EMULATOR_CLIENT_ID and TARTAN_EMULATOR_SECRET go together: set both, or neither',
    )
  }
  keepNurserySmall()
  // loaded here: who steers another one needs none of it
  const { createEmulator } = await import('./emulator.ts')
  const emulator = await createEmulator({
    ...rest,
    scale: { items: scaleItems, transactions: scaleTransactions },
    logger: createLogger('plaid-emulator', logLevel),
    ...(data === undefined ? {} : { dataFolder: data }),
    ...(date === undefined ? {} : { startDate: date }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(scenario === undefined ? {} : { scenario }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(secret === undefined ? {} : { secret }),
    ...(adminToken === undefined ? {} : { adminToken }),
  })
  const keys = clientId === undefined ? 'any client id and secret will do' : `for ${clientId}`
  print(`An emulated Plaid answers at ${emulator.url}; ${keys}.`)
  if (adminToken !== undefined) print(`Its admin page is ${emulator.url}/emulator`)
  await aborted(stop.signal)
  await emulator.stop()
}

function lineOf(line: string): object {
  let value: unknown
  try {
    value = parse(line)
  } catch (cause) {
    throw new ConfigError('LINE_INVALID', `this is not YAML: ${messageOf(cause)}`, { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new ConfigError('LINE_INVALID', 'a command looks like ‘advance: 30d’')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
