// What to do about an Item, in a sentence: the same in the API, the command line and an error.
import type { ItemStatus } from '../shapes.ts'

interface Told {
  item_id: string
  status: ItemStatus
  consent_expires_at: string | null
  disconnect_at: string | null
  new_accounts: boolean
  duplicate_of: string | null
  replaced_by: string | null
  pulled_at: string | null
}

/** Null where there is nothing to do. */
export function adviceOf(item: Told): string | null {
  const { item_id: id } = item
  switch (item.status) {
    case 'needs_user':
      return `its owner must log in at the bank: ${repair(id)}`
    case 'consent_ends':
      return `its owner’s consent ends ${day(item.consent_expires_at)}: ${repair(id)}`
    case 'disconnect_announced':
      return `the bank ends this login ${day(item.disconnect_at)}: ${repair(id)}`
    case 'revoked':
      return `its owner took the permission back at the bank: ${relink(id)}`
    case 'gone':
      return `Plaid knows this Item no more: ${relink(id)}`
    case 'error':
      return 'it is tried again by itself; ./tartan check and ./tartan logs plaid-api say more'
    case 'held':
      return heldAdvice(id, item.duplicate_of, item.pulled_at !== null)
    case 'replaced':
      return `Item ${item.replaced_by} takes its place: what it brought goes when that one is read`
    case 'disconnecting':
    case 'erasing':
      return 'Plaid has not answered yet: this goes on by itself'
    case 'healthy':
      return item.new_accounts ? `the bank has new accounts: ${choosing(id)}` : null
    default:
      return null
  }
}

/** Repairing the Item that is there comes first: it keeps ids and history. */
export function heldAdvice(itemId: string, duplicateOf: string | null, wasRead: boolean): string {
  if (wasRead) {
    return (
      `it shows accounts now that Item ${duplicateOf} has already, and is not read before you ` +
      `choose: ./tartan repair ${itemId} takes them out again; or ` +
      `./tartan resolve ${itemId} with ` +
      '--replace, --keep-both or --discard (with all that it brought); or POST /link/sessions ' +
      `with this item_id, or POST /items/${itemId}/resolve`
    )
  }
  return (
    `it is a second link of Item ${duplicateOf} and is not read before you choose: ` +
    `./tartan resolve ${itemId} with --repair (the old one, and discard this), --replace, ` +
    `--keep-both or --discard; or POST /items/${itemId}/resolve`
  )
}

function repair(itemId: string): string {
  return `./tartan repair ${itemId}, or POST /link/sessions with this item_id`
}

function choosing(itemId: string): string {
  return (
    `./tartan repair ${itemId} --accounts, or POST /link/sessions with this item_id and ` +
    'account_selection_enabled'
  )
}

function relink(itemId: string): string {
  return (
    'make plaid-link-token links the bank anew, and the new Item can take its place; ' +
    `or ./tartan erase ${itemId}`
  )
}

function day(at: string | null): string {
  return at === null ? 'soon' : `on ${at.slice(0, 10)}`
}
