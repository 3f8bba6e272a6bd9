// When two accounts are the same one: by the id that outlives a link, at the few banks that have
// it; else by mask, name, type and subtype, which is all that Plaid tells before and after.
import { createHash } from 'node:crypto'

export interface Likeness {
  likeness: string
  persistentId: string | null
}

/** Of an account in any of Plaid's shapes; Link's own has no persistent id. */
export interface Shown {
  name?: string | null
  mask?: string | null
  type?: string | null
  subtype?: string | null
  persistent_account_id?: string | null
}

export function likenessOf(account: Shown): Likeness {
  const { name, mask, type, subtype } = account
  const text = JSON.stringify([mask ?? null, name ?? null, type ?? null, subtype ?? null])
  return {
    likeness: createHash('sha256').update(text).digest('base64url'),
    persistentId: account.persistent_account_id ?? null,
  }
}

export interface KnownAccount extends Likeness {
  accountId: string
  /** A whole list of the bank has had it, not only pages. */
  listed: boolean
}

export interface ListedAccount extends Likeness {
  accountId: string
}

interface Successor {
  accountId: string
  by: string
}

/**
 * Which accounts have come back under another id (`by`): those that an Item no longer lists, beside
 * the new ones that are like them, one for one. New is what no whole list has had yet, though pages
 * may have brought it. What only pages ever had was an id between two lists: several of them may
 * have led to one account.
 */
export function successors(known: KnownAccount[], listed: ListedAccount[]): Successor[] {
  const ids = new Set(listed.map((account) => account.accountId))
  const oldIds = new Set(known.filter((one) => one.listed).map((account) => account.accountId))
  const fresh = listed.filter((account) => !oldIds.has(account.accountId))
  const vanished = known.filter((account) => !ids.has(account.accountId))
  const lasting = vanished.filter((old) => old.listed)
  const pairs = fresh.flatMap((account): Successor[] => {
    const at = lasting.findIndex((old) => isSame(old, account))
    const [old] = at === -1 ? [] : lasting.splice(at, 1)
    return old ? [{ accountId: old.accountId, by: account.accountId }] : []
  })
  const passing = vanished.filter((old) => !old.listed)
  const passed = passing.flatMap((old): Successor[] => {
    const by = fresh.find((account) => isSame(old, account))
    return by ? [{ accountId: old.accountId, by: by.accountId }] : []
  })
  return [...pairs, ...passed]
}

function isSame(a: Likeness, b: Likeness): boolean {
  if (a.persistentId !== null && b.persistentId !== null) return a.persistentId === b.persistentId
  return a.likeness === b.likeness
}
