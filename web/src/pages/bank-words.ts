// A bank's state in words: what is, what it means, and the one thing to do.
import type { Item } from '../api/plaid.ts'
import { day } from '../words/times.ts'

interface Said {
  text: string
  action: 'Repair' | 'Choose' | 'Look'
}

export function sayOf(item: Item, now: number): Said {
  switch (item.status) {
    case 'needs_user':
      return { text: 'The login has ended: log in at the bank again.', action: 'Repair' }
    case 'consent_ends':
      return {
        text: `The consent ends ${at(item.consent_expires_at)}: give it anew.`,
        action: 'Repair',
      }
    case 'disconnect_announced':
      return {
        text: `The bank ends this login ${at(item.disconnect_at)}: log in anew.`,
        action: 'Repair',
      }
    case 'revoked':
      return {
        text: 'The permission was taken back at the bank: link it anew, or erase it.',
        action: 'Look',
      }
    case 'gone':
      return {
        text: 'Plaid knows this login no more: link the bank anew, or erase it.',
        action: 'Look',
      }
    case 'held':
      return {
        text: 'It is a second link of the same accounts, and waits for a choice.',
        action: 'Choose',
      }
    case 'error':
      return {
        text: `${item.error_message ?? 'The bank failed.'} It is tried again by itself.`,
        action: 'Look',
      }
    default:
      return { text: ofProducts(item, now), action: item.new_accounts ? 'Repair' : 'Look' }
  }
}

function ofProducts(item: Item, now: number): string {
  const failed = item.products.find(({ error_code: code }) => code !== null)
  if (failed)
    return `Its ${failed.product} fail: ${failed.error_message ?? failed.error_code ?? ''}`
  if (item.new_accounts) return 'The bank has new accounts: choose them in a repair.'
  if (item.next_pull_at !== null && Date.parse(item.next_pull_at) < now) {
    return 'Its pull is overdue.'
  }
  if (item.status === 'linked') return 'Its first pull is under way.'
  return 'All that it has is here.'
}

function at(instant: string | null): string {
  return instant === null ? 'soon' : `on ${day(instant)}`
}
