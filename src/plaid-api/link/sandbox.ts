// An Item without a person: a sandbox's or the emulator's only. It is compared with what its owner
// has as any other.
import { ConfigError, isAbort } from '../../std/errors.ts'
import { Secret, unseal } from '../../std/secrets.ts'
import { withLease } from '../ingest/lease.ts'
import { requireFirstLink } from '../item/first-link.ts'
import { insertItem } from '../store/item.ts'
import { exchange } from './collect.ts'
import type { LinkContext } from './context.ts'

export interface SandboxRequest {
  institutionId: string
  username: string | undefined
  /** Without one, the installation's own. */
  owner: string | undefined
}

export async function createSandboxItem(
  context: LinkContext,
  { institutionId, username, owner }: SandboxRequest,
  signal: AbortSignal,
): Promise<string> {
  if (context.plaid.environment === 'production') {
    throw new ConfigError('SANDBOX_ONLY', 'only a sandbox makes Items without a person; use Link')
  }
  const { institution } = await context.plaid.institutionsGetById(
    institutionId,
    context.countryCodes,
  )
  const answer = await context.plaid.sandboxPublicTokenCreate(institutionId, {
    username,
    daysRequested: context.daysRequested,
    webhook: context.webhook || undefined,
  })
  const named = { id: institutionId, name: institution.name }
  const publicToken = new Secret(answer.public_token)
  const given = await exchange(context, { publicToken, institution: named }, owner ?? null, null)
  if (!given) throw new ConfigError('INVALID_PUBLIC_TOKEN', 'Plaid took its own token back: again')
  await insertItem(context.pool, given)
  await look(context, given.itemId, signal)
  return given.itemId
}

/** Whoever asked is told at once; where it fails, the first pull looks. */
async function look(context: LinkContext, itemId: string, signal: AbortSignal): Promise<void> {
  try {
    await withLease(context.pool, itemId, signal, (item, leased) =>
      requireFirstLink(context, item, unseal(context.key, itemId, item.access_token), leased),
    )
  } catch (error) {
    if (isAbort(error)) throw error
  }
}
