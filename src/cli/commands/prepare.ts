// `prepare`: what a start makes by itself, for services that something else starts: their keys, and
// the databases of a PostgreSQL whose superuser's password is one of these.
import { Argument, type Command } from 'commander'
import { makeEngineClient, makeKeys } from '../../server/keys.ts'
import { provision } from '../../server/provision.ts'
import { elsewhereSettings } from '../context.ts'
import { out } from '../print.ts'

export function prepareCommand(program: Command): void {
  program
    .command('prepare')
    .description('Makes the keys, or the databases, of services that run elsewhere: in containers.')
    .addArgument(new Argument('<what>', 'which of them').choices(['keys', 'databases']))
    .action(async (what: 'keys' | 'databases', _, command: Command) => {
      const settings = await elsewhereSettings(command)
      if (what === 'keys') {
        const made = await makeKeys(settings.dataFolder, settings)
        const madeClient = await makeEngineClient(settings.dataFolder)
        out(made || madeClient ? '✓ keys made' : '✓ keys are there')
        return
      }
      if (settings.embedded) await provision(settings)
      out(settings.embedded ? '✓ databases are there' : '✓ both databases are yours')
    })
}
