// From the staging into the feed: one statement, which takes the clock's lock, stamps what really
// changed, and upserts it (L1, L2). Beside each of its parts stands what holds after it.
import { type Db, exec, one } from '../../postgres/query.ts'

export interface Published {
  /** Rows taken out of the staging; fewer than the limit: nothing is left. */
  taken: number
  added: number
  modified: number
  removed: number
  /** Living rows of other Items, which stay those: this one named their ids. */
  refused: number
}

/**
 * Publishes up to `limit` staged rows, in the order of their ids, after the last id that is
 * published. The clock's row is locked from here to the commit: stamps and commits have one order
 * (L2). Each row is looked up by its key and, as the texts are long, by its place where it is
 * staged: the planner, which knows nothing of tables that just grew, read or sorted the whole of
 * them for every batch. `unlisted` is the text, behind its id, of an account that no answer has
 * listed.
 */
export async function publishStaged(
  db: Db,
  itemId: string,
  limit: number,
  unlisted: string,
): Promise<Published> {
  await exec(db, byKeyOnly)
  return one(db, { text: publish, values: [itemId, limit, unlisted] })
}

const byKeyOnly = {
  text: `select set_config(name, 'off', true) from unnest(array['enable_seqscan', 'enable_sort',
    'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin']) as planner (name)`,
  values: [],
}

/** $1 the Item, $2 the limit, $3 the text of an account that is not listed. */
const publish = `
  with
  -- Each id of the batch once, with its last word and what the store says of it now. A batch
  -- begins behind the last one's end, so an id is in one batch of a loop only. An Item changes and
  -- removes what is its own, or was of one whose place it takes: a bank that names what another
  -- Item has is wrong.
  compared as materialized (
    select b.place, b.transaction_id, b.removed, b.account_id as named,
           t.account_id, t.item_id, t.lives is not true as is_new,
           t.is_others and not b.removed as is_refused,
           case when t.is_others then false when t.lives then b.removed or t.body <> b.body
                else not b.removed end as is_change
    from (
      select place, transaction_id, account_id, removed, body
      from plaid.last_word
      where item_id = $1 and purpose = 'pull'
        and transaction_id > (select published_to from plaid.loop
                              where item_id = $1 and purpose = 'pull')
      order by transaction_id limit $2
    ) b left join lateral (
      select item_id, account_id, body, deleted_at is null as lives,
             deleted_at is null and item_id <> $1 and not exists (
               select from plaid.item i where i.item_id = r.item_id and i.replaced_by = $1
             ) as is_others
      from plaid.transaction r where transaction_id = b.transaction_id offset 0
    ) t on true
  ),
  -- added + modified + removed = changed <= taken: a row that would change nothing, and the
  -- removal of an id that is not there, are taken and no change (L1: replays change nothing).
  total as materialized (
    select count(*) as taken,
           max(transaction_id) as last,
           count(*) filter (where is_change) as changed,
           count(*) filter (where is_change and not removed and is_new) as added,
           count(*) filter (where is_change and not removed and not is_new) as modified,
           count(*) filter (where is_change and removed) as removed,
           count(*) filter (where is_refused) as refused,
           count(*) filter (where is_change and not removed and is_new and item_id is not null)
             as revived
    from compared
  ),
  -- The clock moves by one microsecond a change, never back, and not at all for none. Its row
  -- stays locked until the commit, so whoever gets later stamps commits later (L2).
  tick as materialized (
    update plaid.feed_clock
    set at = greatest(at, clock_timestamp()) + total.changed * interval '1 microsecond',
        living = living + total.added - total.removed,
        tombstones = tombstones + total.removed - total.revived
    from total where total.changed > 0
    returning at - total.changed * interval '1 microsecond' as start
  ),
  -- Every change has a stamp of its own, after the clock's last and up to its new one.
  stamped as (
    select compared.*, tick.start + row_number() over () * interval '1 microsecond' as at
    from compared, tick where is_change
  ),
  -- No transaction is published without an account that a reader can join it to.
  listed as (
    insert into plaid.account (account_id, item_id, body)
    select n.named, $1, '"account_id":' || to_json(n.named) || $3::text
    from (select distinct named from stamped where not removed and named <> '') n
    where not exists (select from plaid.account a where a.account_id = n.named)
    on conflict (account_id) do nothing
  ),
  -- What changed and nothing else is written: a row that did not keeps its place in the feed. A
  -- removal leaves a tombstone with the ids that the store knew, and no other value.
  put as (
    insert into plaid.transaction (transaction_id, item_id, account_id, updated_at,
      created_at, deleted_at, date, amount, pending, category, name, merchant, body)
    select s.transaction_id, $1, case when s.removed then c.account_id
           else s.account_id end, c.at, c.at, case when s.removed then c.at end,
           s.date, s.amount, s.pending, left(s.category, 100), s.name, s.merchant,
           case when s.removed then plaid.tombstone(c.transaction_id, c.account_id, c.item_id)
                else s.body end
    from stamped c join plaid.staged s on s.ctid = c.place
    on conflict (transaction_id) do update set
      item_id = excluded.item_id, account_id = excluded.account_id,
      updated_at = excluded.updated_at, deleted_at = excluded.deleted_at,
      date = excluded.date, amount = excluded.amount, pending = excluded.pending,
      category = excluded.category, name = excluded.name, merchant = excluded.merchant,
      body = excluded.body
  ),
  -- How many each account has. A row may have been another's, whose Item this one replaces.
  tallied as (
    insert into plaid.tally as t (item_id, account_id, transactions)
    select item_id, account_id, sum(n) from (
      select $1::text as item_id, named as account_id, 1 as n from stamped where not removed
      union all
      select item_id, account_id, -1 from stamped where not is_new
    ) each group by item_id, account_id having sum(n) <> 0
    on conflict (item_id, account_id) do update
    set transactions = t.transactions + excluded.transactions
  ),
  -- Where the next batch begins, also after a crash: moved by the commit that publishes.
  moved as (
    update plaid.loop set published_to = total.last
    from total
    where item_id = $1 and purpose = 'pull' and total.last is not null
  )
  select taken::int as taken, added::int as added, modified::int as modified,
         removed::int as removed, refused::int as refused
  from total`
