// Where Plaid sends webhooks is handed to it at Link; an Item that has another address (the option
// was changed, or another program linked it) is told ours, within Plaid's limits. Who was told is
// written down, so that a restart goes on; one for which Plaid did not take it is tried again, and
// shown.
import { classify } from '../../std/errors.ts'
import type { Logger } from '../../std/log.ts'
import { rounds } from '../../std/rounds.ts'
import { unseal } from '../../std/secrets.ts'
import type { LinkContext } from '../link/context.ts'
import {
  beginTelling,
  claimUntold,
  noteTold,
  noteUntold,
  type UntoldItem,
} from '../store/webhook-address.ts'

const tickMs = 5_000
/** At one time. */
const roundMax = 8

/** Nothing where no address is wished. */
export async function tellAddress(
  context: LinkContext,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (context.webhook === undefined) return
  const { pool, webhook } = context
  let begun = false
  const round = async () => {
    if (!begun) await beginTelling(pool, webhook)
    begun = true
    await tellOnce(context, log, signal)
  }
  await rounds(round, { pauseMs: tickMs, log, signal })
}

/** Resolves when every Item that is due was tried. */
export async function tellOnce(
  context: LinkContext,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { webhook: address } = context
  if (address === undefined) return
  for (let tried = roundMax; tried === roundMax && !signal.aborted;) {
    const items = await claimUntold(context.pool, address, roundMax)
    await Promise.all(items.map((item) => tell(context, item, address, log)))
    tried = items.length
  }
}

async function tell(
  { pool, plaid, key }: LinkContext,
  item: UntoldItem,
  address: string,
  log: Logger,
): Promise<void> {
  const { item_id: id } = item
  try {
    await plaid.itemWebhookUpdate(unseal(key, id, item.access_token), address)
    await noteTold(pool, id, address)
  } catch (error) {
    const { code, message } = classify(error)
    log.warn({ item_id: id, code }, message)
    await noteUntold(pool, id, code)
  }
}
