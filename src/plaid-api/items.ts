// Taking an Item away, and making one without a person (a sandbox's or the emulator's only).
import { ConfigError, classify, TransientError } from '../std/errors.ts'
import { Secret, unseal } from '../std/secrets.ts'
import { isGone } from '../plaid/errors.ts'
import { tx } from '../postgres/query.ts'
import { upsertAccounts } from './store/account.ts'
import { checkLease, itemStatus, markRemoved } from './store/item.ts'
import { dropLoop } from './store/loop.ts'
import { withLease } from './ingest/lease.ts'
import { exchange, type LinkContext } from './link.ts'

/**
 * Ends the Item at Plaid (and its billing) and forgets its token; its rows stay. Safe to repeat.
 */
export async function removeItem(
  context: LinkContext,
  itemId: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await itemStatus(context.pool, itemId)) === 'removed') return
  const done = await withLease(context.pool, itemId, signal, async (item) => {
    const token = unseal(context.key, itemId, item.access_token)
    await context.plaid.itemRemove(token).catch((error: unknown) => {
      if (!isGone(classify(error).code)) throw error
    })
    await tx(context.pool, async (db) => {
      await checkLease(db, item)
      await dropLoop(db, itemId)
      await upsertAccounts(db, itemId, []) // none is listed any more: all are closed
      await markRemoved(db, item)
    })
    return true
  })
  if (!done)
    throw new TransientError('ITEM_BUSY', 'the Item is being pulled; ask again', { status: 409 })
}

export async function createSandboxItem(
  context: LinkContext,
  institutionId: string,
  username: string | undefined,
): Promise<string> {
  if (context.plaid.environment === 'production') {
    throw new ConfigError('SANDBOX_ONLY', 'only a sandbox makes Items without a person; use Link')
  }
  const { institution } = await context.plaid.institutionsGetById(institutionId)
  const answer = await context.plaid.sandboxPublicTokenCreate(institutionId, {
    username,
    daysRequested: context.daysRequested,
  })
  const named = { id: institutionId, name: institution.name }
  return exchange(context, context.pool, new Secret(answer.public_token), named)
}
