// `models`: dbt over what was synced.
import type { Command } from 'commander'
import { runModels } from '../../server/models/run.ts'
import { runningSettings } from '../context.ts'
import { note } from '../print.ts'

export function modelsCommand(program: Command): void {
  program
    .command('models')
    .description('Builds the dbt models of what was synced, and tests them.')
    .argument('[dbt...]', 'what dbt shall do instead of build: -- docs generate --static')
    .action(async (args: string[], _, command: Command) => {
      const settings = await runningSettings(command)
      const stop = new AbortController()
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
      await runModels(settings, args.length > 0 ? args : ['build'], note, stop.signal)
    })
}
