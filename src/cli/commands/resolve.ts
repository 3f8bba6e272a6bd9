// `resolve`: what becomes of a second link of the same accounts, which is held unread.
import { type Command, Option } from 'commander'
import { ConfigError } from '../../std/errors.ts'
import type { Choice } from '../../plaid-api/item/choice.ts'
import { runningSettings } from '../context.ts'
import { findBank, nameOf } from '../plaid-api/banks.ts'
import { type PlaidApi, plaidApi } from '../../server/client/plaid-api.ts'
import { followSession, tellHeld, tellSession } from '../plaid-api/link-session.ts'
import { out } from '../print.ts'
import { pullNow } from './pull.ts'
import type { Item } from '../../plaid-api/shapes.ts'

const others = {
  repair: ['replace', 'keepBoth', 'discard'],
  replace: ['repair', 'keepBoth', 'discard'],
  keepBoth: ['repair', 'replace', 'discard'],
  discard: ['repair', 'replace', 'keepBoth'],
}

interface Asked extends Partial<Record<keyof typeof others, boolean>> {
  wait: boolean
}

export function resolveCommand(program: Command): void {
  program
    .command('resolve')
    .description('Chooses what becomes of a second link of the same accounts, which is held.')
    .argument('[bank]', 'its name, its institution id or its Item’s id; else all that are held')
    .addOption(choice('--repair', 'the old one: its owner logs in again', 'repair'))
    .addOption(choice('--replace', 'the new one takes its place', 'replace'))
    .addOption(choice('--keep-both', 'they are not the same', 'keepBoth'))
    .addOption(choice('--discard', 'the new one goes, at Plaid too', 'discard'))
    .option('--no-wait', 'with --repair: prints the URL and leaves')
    .action(async (bank: string | undefined, options: Asked, command: Command) => {
      const api = await plaidApi(await runningSettings(command))
      const items = await heldItems(api, bank)
      const chosen = choiceOf(options)
      if (chosen === undefined) {
        for (const item of items) tellHeld(item)
        return
      }
      const [item] = items
      if (item === undefined || items.length > 1) {
        throw new ConfigError('BANK_AMBIGUOUS', `${items.length} are held: say which by its id`)
      }
      await resolve(api, item, chosen, options.wait)
    })
}

function choice(flag: string, doc: string, name: keyof typeof others): Option {
  return new Option(flag, doc).conflicts(others[name])
}

function choiceOf(options: Asked): Choice | undefined {
  if (options.repair) return 'repair'
  if (options.replace) return 'replace'
  if (options.keepBoth) return 'keep_both'
  return options.discard ? 'discard' : undefined
}

async function heldItems(api: PlaidApi, bank: string | undefined): Promise<Item[]> {
  if (bank !== undefined) {
    const held = 'a second link that is held, so there is nothing to choose'
    return [await findBank(api, bank, (item) => item.status === 'held', held)]
  }
  const found = await Array.fromAsync(api.items({ status: 'held' }))
  if (found.length > 0) return found
  throw new ConfigError('NOTHING_HELD', 'no Item is held: there is nothing to choose')
}

async function resolve(api: PlaidApi, item: Item, chosen: Choice, wait: boolean): Promise<void> {
  const { link_session: session } = await api.resolve(item.item_id, chosen)
  if (chosen === 'discard' || chosen === 'repair') {
    out(`✓ discarded the second link of ${nameOf(item)}, Item ${item.item_id}`)
  }
  if (session) {
    tellSession(session)
    if (!wait) return
    for (const id of await followSession(api, session)) await pullNow(api, 'incremental', id)
  } else if (chosen !== 'discard') {
    await pullNow(api, 'incremental', item.item_id)
  }
  if (chosen !== 'discard') out('Next: make airbyte-sync')
}
