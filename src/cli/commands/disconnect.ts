// `disconnect` and `erase`: an Item ends at Plaid; what it brought stays, marked, or goes.
import type { Command } from 'commander'
import { confirmByName } from '../confirm.ts'
import { runningSettings } from '../context.ts'
import { findBank, nameOf } from '../plaid-api/banks.ts'
import { plaidApi } from '../../server/client/plaid-api.ts'
import { out } from '../print.ts'
import type { Item } from '../../plaid-api/shapes.ts'

export function disconnectCommand(program: Command): void {
  program
    .command('disconnect')
    .description('Ends a bank’s Item at Plaid, and its billing; what it brought stays, marked.')
    .argument('<bank>', named)
    .action(async (bank: string, _, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const item = await findBank(api, bank, isThere, there)
      await api.disconnect(item.item_id)
      out(`✓ disconnected ${nameOf(item)}, Item ${item.item_id}; its rows stay, its accounts are`)
      out('  closed. ./tartan erase takes them out too. Next: make airbyte-sync')
    })
}

export function eraseCommand(program: Command): void {
  program
    .command('erase')
    .description('Ends a bank’s Item at Plaid and takes out, for good, all that it brought.')
    .argument('<bank>', named)
    .option('--yes', 'does not ask for the name first')
    .action(async (bank: string, { yes }: { yes?: boolean }, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const item = await findBank(api, bank, isThere, there)
      if (!yes) {
        await confirmByName(`Erasing Item ${item.item_id} and all its rows`, nameOf(item))
      }
      await api.erase(item.item_id)
      out(`✓ erased ${nameOf(item)}, Item ${item.item_id}; the warehouse forgets it with the next`)
      out('  sync. Next: make airbyte-sync')
    })
}

const named = 'its name, its institution id or its Item’s id'

const isThere = ({ status }: Item) => status !== 'erased'
const there = 'there any more'
