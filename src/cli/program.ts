// The command line: one file a command; the options of the table stand on the program, so that
// every command takes them as flags.
import { Command } from 'commander'
import { exitCodes } from './exit.ts'
import { flagsText, requireRead, tableOptions } from './flags.ts'

/** By name; each loads what it needs when it is wanted, as most of what there is takes long. */
const commands: Record<string, () => Promise<(program: Command) => void>> = {
  check: async () => (await import('./commands/check.ts')).checkCommand,
  init: async () => (await import('./commands/init.ts')).initCommand,
  start: async () => (await import('./commands/start.ts')).startCommand,
  setup: async () => (await import('./commands/setup.ts')).setupCommand,
  sync: async () => (await import('./commands/sync.ts')).syncCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  jobs: async () => (await import('./commands/jobs.ts')).jobsCommand,
  logs: async () => (await import('./commands/logs.ts')).logsCommand,
  stop: async () => (await import('./commands/stop.ts')).stopCommand,
  open: async () => (await import('./commands/open.ts')).openCommand,
  'link-token': async () => (await import('./commands/link.ts')).linkCommand,
  repair: async () => (await import('./commands/repair.ts')).repairCommand,
  resolve: async () => (await import('./commands/resolve.ts')).resolveCommand,
  disconnect: async () => (await import('./commands/disconnect.ts')).disconnectCommand,
  erase: async () => (await import('./commands/disconnect.ts')).eraseCommand,
  'plaid-sync': async () => (await import('./commands/pull.ts')).pullCommand,
  'plaid-accounts': async () => (await import('./commands/accounts.ts')).accountsCommand,
  webhooks: async () => (await import('./commands/webhooks.ts')).webhooksCommand,
  sql: async () => (await import('./commands/sql.ts')).sqlCommand,
  verify: async () => (await import('./commands/verify.ts')).verifyCommand,
  models: async () => (await import('./commands/models.ts')).modelsCommand,
  partition: async () => (await import('./commands/partition.ts')).partitionCommand,
  alerts: async () => (await import('./commands/alerts.ts')).alertsCommand,
  backup: async () => (await import('./commands/backup.ts')).backupCommand,
  restore: async () => (await import('./commands/backup.ts')).restoreCommand,
  credentials: async () => (await import('./commands/credentials.ts')).credentialsCommand,
  keys: async () => (await import('./commands/keys.ts')).keysCommand,
  clients: async () => (await import('./commands/clients.ts')).clientsCommand,
  'master-key': async () => (await import('./commands/master-key.ts')).masterKeyCommand,
  audit: async () => (await import('./commands/audit.ts')).auditCommand,
  emulator: async () => (await import('./commands/emulator.ts')).emulatorCommand,
  options: async () => (await import('./commands/options.ts')).optionsCommand,
  prepare: async () => (await import('./commands/prepare.ts')).prepareCommand,
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  test: async () => (await import('./commands/develop.ts')).testCommand,
  bench: async () => (await import('./commands/develop.ts')).benchCommand,
}

/** `typed`: what stands behind `tartan`. Where a command comes first, that one alone is there. */
export async function createProgram(typed: readonly string[] = []): Promise<Command> {
  const program: Command = new Command('tartan')
    .description('Bank transactions from Plaid in your own PostgreSQL, the Airbyte way.')
    .usage('<command> [options]')
    .helpOption('-h, --help', 'shows help; after a command, help for it')
    .addHelpText('after', () => `\nOptions of every command:\n\n${flagsText()}\n${after()}`)
    .addHelpText('afterAll', ({ command }) => (command === program ? '' : ALIKE))
    .exitOverride()
    .showSuggestionAfterError()
  const [first] = typed
  const all = Object.entries(commands)
  const named = all.filter(([name]) => name === first)
  const adds = await Promise.all((named.length > 0 ? named : all).map(([, load]) => load()))
  for (const add of adds) add(program)
  for (const option of tableOptions()) program.addOption(option)
  program.hook('preAction', requireRead)
  return program
}

/** `keys rotate`. */
export function nameOf(command: Command): string {
  const names = []
  for (let at: Command | null = command; at?.parent; at = at.parent) names.unshift(at.name())
  return names.join(' ')
}

/** Others write there meanwhile, or it has no end to wait for. */
export function ownsTerminal(command: Command): boolean {
  return ['logs', 'emulator', 'serve', 'test', 'bench'].includes(nameOf(command))
}

const ALIKE = `
Beside these it takes the options of every command: see ./tartan --help, with exit codes.`

function after(): string {
  const codes = Object.entries(exitCodes).map(([code, what]) => `  ${code}  ${what}`)
  return `
Every flag is also an environment variable and a line of .env: see ./tartan options.

Exit codes:

${codes.join('\n')}`
}
