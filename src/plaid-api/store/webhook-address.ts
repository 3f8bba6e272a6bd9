// Where Plaid sends each Item's webhooks, and which Items are to be told another address.
import { type Db, exec, many, one, sql } from '../../postgres/query.ts'
import type { AddressCounts } from '../webhook/shapes.ts'

/** As Plaid says itself. */
export async function noteWebhook(db: Db, itemId: string, webhook: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.item set webhook = ${webhook}
        where item_id = ${itemId} and webhook is distinct from ${webhook}`,
  )
}

export interface UntoldItem {
  item_id: string
  /** Sealed. */
  access_token: string
}

/**
 * Items whose webhooks go elsewhere, each claimed until it is tried again: after a minute first,
 * after a day at last. One that Plaid has not yet told of is not looked at.
 */
export function claimUntold(db: Db, address: string, limit: number): Promise<UntoldItem[]> {
  return many(
    db,
    sql`with due as (
          select item_id from plaid.item
          where pulled and webhook is not null and webhook <> ${address}
            and webhook_try_at <= now()
          order by webhook_try_at limit ${limit} for update skip locked
        )
        update plaid.item i
        set webhook_tries = webhook_tries + 1,
            webhook_try_at = now() + least(interval '1 day',
              interval '1 minute' * power(4, least(webhook_tries, 6)))
        from due where i.item_id = due.item_id
        returning i.item_id, i.access_token`,
  )
}

export async function noteTold(db: Db, itemId: string, address: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.item
        set webhook = ${address}, webhook_error = null, webhook_tries = 0, webhook_try_at = now()
        where item_id = ${itemId}`,
  )
}

export async function noteUntold(db: Db, itemId: string, why: string): Promise<void> {
  await exec(db, sql`update plaid.item set webhook_error = ${why} where item_id = ${itemId}`)
}

/** Another address than before is told at once, also where the one before could not be. */
export async function beginTelling(db: Db, address: string): Promise<void> {
  await exec(
    db,
    sql`update plaid.item set webhook_tries = 0, webhook_try_at = now(), webhook_error = null
        where webhook_tries > 0 and exists (
          select from plaid.installation where webhook is distinct from ${address})`,
  )
  await exec(
    db,
    sql`update plaid.installation set webhook = ${address}
        where webhook is distinct from ${address}`,
  )
}

/** Of Items that are pulled. */
export function addressCounts(db: Db, address: string | null): Promise<AddressCounts> {
  return one(
    db,
    sql`select count(*) filter (where webhook = ${address})::int as told,
               count(*) filter (where webhook is distinct from ${address}
                                  and webhook_error is null)::int as waiting,
               count(*) filter (where webhook is distinct from ${address}
                                  and webhook_error is not null)::int as failed
        from plaid.item where pulled`,
  )
}

export function failedAddresses(db: Db, address: string, limit: number) {
  return many<{ item_id: string; institution_name: string | null; error: string }>(
    db,
    sql`select item_id, institution_name, webhook_error as error from plaid.item
        where pulled and webhook is distinct from ${address} and webhook_error is not null
        order by item_id limit ${limit}`,
  )
}
