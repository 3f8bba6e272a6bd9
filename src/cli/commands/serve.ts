// `serve`: one service in the foreground, in place of this process, for whatever else starts and
// watches processes: containers, pods, systemd. It is told everything by its environment.
import { join } from 'node:path'
import { Argument, type Command } from 'commander'
import { flagsOf } from '../../server/node-flags.ts'
import { projectFolder } from '../../server/settings.ts'
import { services } from '../../server/supervisor/plan.ts'
import { elsewhereSettings } from '../context.ts'

const served = services.filter((name) => name !== 'postgres')

export function serveCommand(program: Command): void {
  program
    .command('serve')
    .description('Runs one service in the foreground: for containers and other supervisors.')
    .addArgument(new Argument('<service>', 'which').choices(served))
    .action(async (service: string, _, command: Command) => {
      await elsewhereSettings(command)
      const program = join(projectFolder, 'src/server', `${service}.ts`)
      process.execve?.(process.execPath, [process.execPath, ...flagsOf(service), program])
    })
}
