// `disconnect` and `erase`: an Item ends at Plaid; what it brought stays, marked, or goes.
import type { Command } from 'commander'
import { runningSettings } from '../context.ts'
import { findBank, nameOf } from '../plaid-api/banks.ts'
import { plaidApi } from '../plaid-api/client.ts'
import { out } from '../print.ts'

export function disconnectCommand(program: Command): void {
  program
    .command('disconnect <bank>')
    .description('Ends a bank’s Item at Plaid, and its billing; what it brought stays, marked.')
    .addHelpText('after', named)
    .action(async (bank: string, _, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const item = await findBank(api, bank, ({ status }) => status !== 'erased')
      await api.disconnect(item.item_id)
      out(`✓ disconnected ${nameOf(item)}, Item ${item.item_id}; its rows stay, its accounts are`)
      out('  closed. ./tartan erase takes them out too. Next: make airbyte-sync')
    })
}

export function eraseCommand(program: Command): void {
  program
    .command('erase <bank>')
    .description('Ends a bank’s Item at Plaid and takes out, for good, all that it brought.')
    .addHelpText('after', named)
    .action(async (bank: string, _, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const item = await findBank(api, bank, ({ status }) => status !== 'erased')
      await api.erase(item.item_id)
      out(`✓ erased ${nameOf(item)}, Item ${item.item_id}; the warehouse forgets it with the next`)
      out('  sync. Next: make airbyte-sync')
    })
}

const named = '\nbank: its name, its institution id or its Item’s id.'
