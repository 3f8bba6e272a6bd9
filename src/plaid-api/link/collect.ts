// What a person did on Plaid's page, taken in: Items that were linked, an Item that was repaired.
// Whoever reads the session does it, and the service by itself (item/keeper.ts), so that a session
// that nobody reads is not a lost, billed Item.
import type { LinkTokenGetSessionsResponse } from 'plaid'
import { classify } from '../../std/errors.ts'
import { retry, type RetryPolicy } from '../../std/retry.ts'
import { hashToken, seal, Secret, unseal } from '../../std/secrets.ts'
import { type Db, tx } from '../../postgres/query.ts'
import { isRecord, isUsableId } from '../door.ts'
import { type Shown, likenessOf } from '../item/likeness.ts'
import { noteEvent } from '../item/note.ts'
import type { Institution } from '../row.ts'
import { findDuplicate } from '../store/duplicate.ts'
import { insertItem, type NewItem } from '../store/item.ts'
import { fenceItem, setCompared, setDuplicate } from '../store/life.ts'
import {
  isExchanged,
  type LinkSession,
  lockLinkSession,
  noteExchanged,
  setLinkStatus,
} from '../store/link.ts'
import type { LinkContext } from './context.ts'
import type { LinkStatus } from '../shapes.ts'

export async function collect(context: LinkContext, session: LinkSession): Promise<LinkStatus> {
  if (session.item_id !== null && session.status === 'finished') return 'finished'
  const seen = await ask(context, session)
  if (seen === 'unknown') return settle(context, session, 'expired')
  if (session.item_id !== null) return collectRepair(context, session, session.item_id, seen)
  const results = seen.flatMap(linkedBy)
  const failures: unknown[] = []
  for (const linked of results) {
    try {
      const done = await exchangeOnce(context, session, linked)
      if (!done) return session.status // another reader is at it
    } catch (error) {
      failures.push(error) // its public token ends in minutes, and so do the others’
    }
  }
  if (failures.length > 0) throw failures[0]
  return settle(context, session, results.length > 0 ? 'finished' : unfinished(seen, session))
}

/** What is no result of Link's is passed over, and holds no other. */
function linkedBy({ results }: LinkTokenGetSessionsResponse): Linked[] {
  const added: unknown = results?.item_add_results
  return records(added).flatMap(({ public_token: token, institution, accounts }) => {
    if (typeof token !== 'string' || token === '') return []
    const { institution_id: id, name } = isRecord(institution) ? institution : {}
    return [
      {
        publicToken: new Secret(token),
        institution: { id: isUsableId(id) ? id : null, name: isUsableId(name) ? name : null },
        accounts: records(accounts),
      },
    ]
  })
}

function records(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isRecord) : []
}

/** `unknown`: Plaid has forgotten the session. */
async function ask(
  context: LinkContext,
  session: LinkSession,
): Promise<LinkTokenGetSessionsResponse[] | 'unknown'> {
  const token = unseal(context.key, session.session_id, session.link_token)
  try {
    const { link_sessions: sessions } = await context.plaid.linkTokenGet(token)
    return (sessions ?? []).filter(isRecord)
  } catch (error) {
    if (session.expired && classify(error).code === 'INVALID_LINK_TOKEN') return 'unknown'
    throw error
  }
}

async function settle(
  context: LinkContext,
  session: LinkSession,
  status: LinkStatus,
): Promise<LinkStatus> {
  if (session.status === 'finished') return 'finished'
  if (status !== session.status) await setLinkStatus(context.pool, session.session_id, status)
  return status
}

/** Whoever left may come back by the same page, until it expires. */
function unfinished(sessions: LinkTokenGetSessionsResponse[], session: LinkSession): LinkStatus {
  if (session.expired) return 'expired'
  return sessions.some(wasLeft) ? 'exited' : 'open'
}

function wasLeft({ exit }: LinkTokenGetSessionsResponse): boolean {
  return exit !== undefined && exit !== null
}

/** Update mode gives no result but that it was gone through: the token stays the same. */
async function collectRepair(
  context: LinkContext,
  session: LinkSession,
  itemId: string,
  seen: LinkTokenGetSessionsResponse[],
): Promise<LinkStatus> {
  const repaired = seen.some((one) => !wasLeft(one) && (one.finished_at ?? null) !== null)
  if (!repaired) return settle(context, session, unfinished(seen, session))
  return tx(context.pool, async (db) => {
    if (!(await lockLinkSession(db, session.session_id))) return session.status
    await noteEvent(context, db, itemId, { kind: 'repaired' })
    // Other accounts may have been chosen, which the owner has by another Item already.
    await setCompared(db, itemId, false)
    await setDuplicate(db, itemId, null)
    await fenceItem(db, itemId)
    await setLinkStatus(db, session.session_id, 'finished')
    return 'finished'
  })
}

interface Linked {
  publicToken: Secret
  institution: Institution
  accounts: Shown[]
}

/** False while another reader has the session: a public token can be exchanged once only. */
async function exchangeOnce(
  context: LinkContext,
  session: LinkSession,
  linked: Linked,
): Promise<boolean> {
  const hash = hashToken(linked.publicToken.reveal())
  const keep = async (db: Db, item: NewItem | undefined) => {
    if (item) await insertItem(db, item)
    await noteExchanged(db, hash, session.session_id, item?.itemId ?? null)
  }
  let given: NewItem | undefined
  try {
    return await tx(context.pool, async (db) => {
      if (!(await lockLinkSession(db, session.session_id))) return false
      if (await isExchanged(db, hash)) return true
      const owner = session.client_user_id
      const duplicateOf = await knownAs(db, owner, linked)
      given = await exchange(context, linked, owner, duplicateOf)
      await context.onStep?.('exchanged')
      await keep(db, given)
      return true
    })
  } catch (error) {
    if (given === undefined) throw error
    const item = given
    await retry(KEEP, () => tx(context.pool, (db) => keep(db, item)))
    return true
  }
}

/** An access token that is not kept is lost: the database may be away for as long as a restart. */
const KEEP: RetryPolicy = { triesMax: 20, firstDelayMs: 250, delayMsMax: 5_000, factor: 2 }

/** Link's own metadata may tell, before anything is exchanged, that this is a second link. */
async function knownAs(
  db: Db,
  owner: string,
  { institution, accounts }: Linked,
): Promise<string | null> {
  const newcomer = { itemId: null, owner, institutionId: institution.id }
  return (await findDuplicate(db, { ...newcomer, accounts: accounts.map(likenessOf) })) ?? null
}

/**
 * Exchanges a public token. Nothing that may fail comes between this and keeping what it gives: an
 * access token that is not kept is lost, and its public token is spent. Undefined where it was
 * spent before, by a process that died in just that moment, or was too old: the Item stays at
 * Plaid, whose dashboard alone can end it. A second link is exchanged too: only so can it be
 * discarded there.
 */
export async function exchange(
  context: LinkContext,
  { publicToken, institution }: Pick<Linked, 'publicToken' | 'institution'>,
  owner: string | null,
  duplicateOf: string | null,
): Promise<NewItem | undefined> {
  try {
    const answer = await context.plaid.publicTokenExchange(publicToken)
    return {
      itemId: answer.item_id,
      owner,
      institutionId: institution.id,
      institutionName: institution.name,
      sealedToken: seal(context.key, answer.item_id, new Secret(answer.access_token)),
      duplicateOf,
    }
  } catch (error) {
    if (classify(error).code === 'INVALID_PUBLIC_TOKEN') return undefined
    throw error
  }
}
