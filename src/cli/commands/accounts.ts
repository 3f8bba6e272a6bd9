// `plaid-accounts`: which accounts are linked, and how each of their Items is.
import type { Command } from 'commander'
import type { AccountRow } from '../../catalog/accounts.ts'
import { runningSettings } from '../context.ts'
import { plaidApi } from '../../server/client/plaid-api.ts'
import { itemsText } from '../plaid-api/items-text.ts'
import { type Cell, formatTable, out, outJson } from '../print.ts'

export function accountsCommand(program: Command): void {
  program
    .command('plaid-accounts')
    .description('Lists the linked Items and their accounts.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const items = await Array.fromAsync(api.items())
      const accounts: AccountRow[] = []
      for await (const account of api.accounts()) accounts.push(account)
      if (options.json) {
        outJson({ items, accounts })
        return
      }
      out(itemsText(items))
      if (accounts.length === 0) return
      out()
      const columns = ['account', 'institution', 'type', 'subtype', 'mask', 'balance', 'currency']
      const isClosed = accounts.some(({ closed_at: closed }) => closed !== null)
      const lines = accounts.map((account): Cell[] => [
        account.name,
        account.institution_name,
        account.type,
        account.subtype,
        account.mask,
        account.current_balance,
        account.iso_currency_code ?? account.unofficial_currency_code,
        ...(isClosed ? [account.closed_at] : []),
      ])
      out(formatTable(isClosed ? [...columns, 'closed'] : columns, lines))
    })
}
