// A Link session as a person at the command line goes through it: the page's address, the waiting,
// and what came of it.
import { systemClock } from '../../std/clock.ts'
import { EXIT_CODE } from '../../std/errors.ts'
import { ExitError } from '../exit.ts'
import { note, out } from '../print.ts'
import { nameOf } from './banks.ts'
import type { PlaidApi } from '../../server/client/plaid-api.ts'
import type { LinkSessionView } from '../../plaid-api/shapes.ts'

const lookEveryMs = 2_000

export function tellSession(session: LinkSessionView): void {
  const what = session.item_id === null ? 'link a bank' : `log in again (Item ${session.item_id})`
  out(`Open this page and ${what}:`)
  out()
  out(`  ${session.hosted_link_url}`)
  out()
  note(`Valid until ${session.expires_at}. To come back later:`)
  note(`  ./tartan link-token --session ${session.session_id}`)
}

/** Waits for the person; gives the ids of the Items that can be read now. */
export async function followSession(api: PlaidApi, session: LinkSessionView): Promise<string[]> {
  let seen = session
  while (seen.status === 'open') {
    await systemClock.sleep(lookEveryMs)
    seen = await api.linkSession(session.session_id)
  }
  if (seen.status !== 'finished') {
    const sentence = `✗ nothing came of it (${seen.status}): run the command again`
    throw new ExitError(EXIT_CODE.config, sentence)
  }
  const verb = seen.item_id === null ? 'linked' : 'repaired'
  for (const item of seen.items) out(`✓ ${verb} ${nameOf(item)}, Item ${item.item_id}`)
  tellLost(seen)
  const held = seen.items.filter((item) => item.status === 'held')
  for (const item of held) tellHeld(item)
  return seen.items.filter((item) => item.status !== 'held').map((item) => item.item_id)
}

function tellLost({ lost }: LinkSessionView): void {
  if (lost === 0) return
  out(`✗ of ${lost} more the access was lost when a process died: link that bank again; the lost`)
  out('  Item can be ended in Plaid’s dashboard only')
}

export function tellHeld(item: { item_id: string; duplicate_of: string | null }): void {
  out(`
! These accounts are linked already, by Item ${item.duplicate_of}. So that nothing counts twice, the
  new Item is not read before you choose:

  ./tartan resolve ${item.item_id} --repair      log in again for the old one; this one goes
  ./tartan resolve ${item.item_id} --replace     this one takes its place
  ./tartan resolve ${item.item_id} --keep-both   they are not the same after all
  ./tartan resolve ${item.item_id} --discard     this one goes
`)
}
