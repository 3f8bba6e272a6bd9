// What an Item's record says beside its status: how each of its products is, and what of the bank's
// answers did not fit (L7).
import { type Db, exec, sql } from '../../postgres/query.ts'
import type { Misfit, Product } from '../shapes.ts'

export async function noteProduct(
  db: Db,
  itemId: string,
  product: Product,
  failure: { code: string; message: string } | undefined,
): Promise<void> {
  const { code = null, message = null } = failure ?? {}
  await exec(
    db,
    sql`insert into plaid.item_product as p
          (item_id, product, error_code, error_message, failed_at, succeeded_at)
        values (${itemId}, ${product}, ${code}, ${message},
                case when ${code}::text is not null then now() end,
                case when ${code}::text is null then now() end)
        on conflict (item_id, product) do update
        set error_code = excluded.error_code, error_message = excluded.error_message,
            unavailable = null, failed_at = coalesce(excluded.failed_at, p.failed_at),
            succeeded_at = coalesce(excluded.succeeded_at, p.succeeded_at)`,
  )
}

/** The Item or its bank has none of it, which is nobody's failure. */
export async function noteUnavailable(
  db: Db,
  itemId: string,
  product: Product,
  why: string,
): Promise<void> {
  await exec(
    db,
    sql`insert into plaid.item_product (item_id, product, unavailable)
        values (${itemId}, ${product}, ${why})
        on conflict (item_id, product) do update
        set unavailable = excluded.unavailable, error_code = null, error_message = null`,
  )
}

export async function addMisfits(db: Db, itemId: string, misfits: Misfit[]): Promise<void> {
  if (misfits.length === 0) return
  await exec(
    db,
    sql`insert into plaid.item_misfit as m (item_id, stream, field, reason, records)
        select ${itemId}, stream, field, reason, records
        from unnest(${misfits.map((one) => one.stream)}::text[],
                    ${misfits.map((one) => one.field)}::text[],
                    ${misfits.map((one) => one.reason)}::text[],
                    ${misfits.map((one) => one.records)}::bigint[])
          as l (stream, field, reason, records)
        on conflict (item_id, stream, field, reason) do update
        set records = m.records + excluded.records, seen_at = now()`,
  )
}

/** What a list that always comes whole has now. */
export async function replaceMisfits(
  db: Db,
  itemId: string,
  stream: string,
  misfits: Misfit[],
): Promise<void> {
  await exec(
    db,
    sql`delete from plaid.item_misfit where item_id = ${itemId} and stream = ${stream}`,
  )
  await addMisfits(db, itemId, misfits)
}

/** Pages were read: what fails after them is no longer what failed before. */
export async function noteProgress(db: Db, itemId: string): Promise<void> {
  await exec(db, sql`update plaid.item set failures = 0 where item_id = ${itemId} and failures > 0`)
}

/** Of an Item that is erased. */
export async function forgetProducts(db: Db, itemId: string): Promise<void> {
  await exec(db, sql`delete from plaid.item_product where item_id = ${itemId}`)
  await exec(db, sql`delete from plaid.item_misfit where item_id = ${itemId}`)
}
