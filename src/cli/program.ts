// The command line: one file a command; the options of the table stand on the program, so that
// every command takes them as flags.
import { Command } from 'commander'
import { accountsCommand } from './commands/accounts.ts'
import { alertsCommand } from './commands/alerts.ts'
import { auditCommand } from './commands/audit.ts'
import { backupCommand, restoreCommand } from './commands/backup.ts'
import { checkCommand } from './commands/check.ts'
import { clientsCommand } from './commands/clients.ts'
import { credentialsCommand } from './commands/credentials.ts'
import { benchCommand, testCommand } from './commands/develop.ts'
import { disconnectCommand, eraseCommand } from './commands/disconnect.ts'
import { emulatorCommand } from './commands/emulator.ts'
import { initCommand } from './commands/init.ts'
import { jobsCommand } from './commands/jobs.ts'
import { keysCommand } from './commands/keys.ts'
import { linkCommand } from './commands/link.ts'
import { logsCommand } from './commands/logs.ts'
import { masterKeyCommand } from './commands/master-key.ts'
import { modelsCommand } from './commands/models.ts'
import { openCommand } from './commands/open.ts'
import { optionsCommand } from './commands/options.ts'
import { prepareCommand } from './commands/prepare.ts'
import { partitionCommand } from './commands/partition.ts'
import { pullCommand } from './commands/pull.ts'
import { repairCommand } from './commands/repair.ts'
import { resolveCommand } from './commands/resolve.ts'
import { serveCommand } from './commands/serve.ts'
import { setupCommand } from './commands/setup.ts'
import { sqlCommand } from './commands/sql.ts'
import { startCommand } from './commands/start.ts'
import { statusCommand } from './commands/status.ts'
import { stopCommand } from './commands/stop.ts'
import { syncCommand } from './commands/sync.ts'
import { verifyCommand } from './commands/verify.ts'
import { webhooksCommand } from './commands/webhooks.ts'
import { exitCodes } from './exit.ts'
import { flagsText, requireRead, tableOptions } from './flags.ts'

export function createProgram(): Command {
  const program: Command = new Command('tartan')
    .description('Bank transactions from Plaid in your own PostgreSQL, the Airbyte way.')
    .usage('<command> [options]')
    .helpOption('-h, --help', 'shows help; after a command, help for it')
    .addHelpText('after', () => `\nOptions of every command:\n\n${flagsText()}\n${after()}`)
    .addHelpText('afterAll', ({ command }) => (command === program ? '' : ALIKE))
    .exitOverride()
    .showSuggestionAfterError()
  const commands = [
    checkCommand,
    initCommand,
    startCommand,
    setupCommand,
    syncCommand,
    statusCommand,
    jobsCommand,
    logsCommand,
    stopCommand,
    openCommand,
    linkCommand,
    repairCommand,
    resolveCommand,
    disconnectCommand,
    eraseCommand,
    pullCommand,
    accountsCommand,
    webhooksCommand,
    sqlCommand,
    verifyCommand,
    modelsCommand,
    partitionCommand,
    alertsCommand,
    backupCommand,
    restoreCommand,
    credentialsCommand,
    keysCommand,
    clientsCommand,
    masterKeyCommand,
    auditCommand,
    emulatorCommand,
    optionsCommand,
    prepareCommand,
    serveCommand,
    testCommand,
    benchCommand,
  ]
  for (const add of commands) add(program)
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
