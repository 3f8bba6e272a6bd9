// `repair`: an Item that wants its owner, or whose bank has more accounts to show, is gone through
// Link's update mode: the same Item, the same ids, and the days that were missed are read.
import type { Command } from 'commander'
import { ConfigError } from '../../std/errors.ts'
import { isPulled } from '../../plaid-api/item/life.ts'
import { runningSettings } from '../context.ts'
import { findBank } from '../plaid-api/banks.ts'
import { type PlaidApi, plaidApi } from '../../server/client/plaid-api.ts'
import { followSession, tellSession } from '../plaid-api/link-session.ts'
import { out } from '../print.ts'
import { pullNow } from './pull.ts'
import type { Item } from '../../plaid-api/shapes.ts'

const wanting = ['needs_user', 'consent_ends', 'disconnect_announced'] as const

interface Asked {
  accounts?: boolean
  wait: boolean
}

export function repairCommand(program: Command): void {
  program
    .command('repair')
    .description('Lets a bank’s owner log in again, or add accounts: same Item, same ids.')
    .argument('[bank]', 'its name, its institution id or its Item’s id; else those that want it')
    .option('--accounts', 'accounts may be added or taken away')
    .option('--no-wait', 'prints the URL and leaves; the repair is taken in all the same')
    .action(async (bank: string | undefined, options: Asked, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const items = bank === undefined ? await thoseThatWant(api) : [await repairable(api, bank)]
      for (const item of items) await repair(api, item, options)
      if (options.wait) out('Next: make airbyte-sync')
    })
}

async function repair(api: PlaidApi, item: Item, { accounts, wait }: Asked): Promise<void> {
  const session = await api.beginLink({
    item_id: item.item_id,
    ...(accounts ? { account_selection_enabled: true } : {}),
  })
  if (item.institution_name !== null) out(`${item.institution_name}:`)
  tellSession(session)
  if (!wait) return
  for (const id of await followSession(api, session)) await pullNow(api, 'incremental', id)
}

/** Where a name means several, those that want their owner are meant. */
async function repairable(api: PlaidApi, bank: string): Promise<Item> {
  try {
    return await findBank(api, bank, wantsOwner, 'one that wants its owner')
  } catch (error) {
    if (!(error instanceof ConfigError && error.code === 'BANK_UNFIT')) throw error
    const followed = 'followed any more: make plaid-link-token links the bank anew'
    return findBank(api, bank, ({ status }) => isPulled(status) || status === 'held', followed)
  }
}

function wantsOwner(item: Item): boolean {
  return wanting.some((status) => item.status === status) || item.new_accounts
}

async function thoseThatWant(api: PlaidApi): Promise<Item[]> {
  const found: Item[] = []
  for (const status of wanting) {
    for await (const item of api.items({ status })) found.push(item)
  }
  if (found.length > 0) return found
  throw new ConfigError('NOTHING_TO_REPAIR', 'no bank wants its owner; name one to repair it')
}
