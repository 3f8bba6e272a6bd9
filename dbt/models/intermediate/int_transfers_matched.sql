-- Money that went from one own account to another: two rows, equal and opposite, a few days apart
-- at most, one of which says that it is a transfer or a loan's payment. The nearest go first, and a
-- row is a side of one transfer only. Pairs of one amount are walked in that order, with what is
-- taken already beside them.
with recursive legs as (
  select
    transaction_id, account_id, currency, amount, date,
    {% if var('own_accounts') == 'item' %}item_id{% else %}''::varchar{% endif %} as owner,
    coalesce(category in ('TRANSFER_IN', 'TRANSFER_OUT', 'LOAN_PAYMENTS'), false) as says_so
  from {{ ref('stg_plaid__transactions') }}
  where amount <> 0 and date is not null and account_id is not null
),

candidates as (
  select
    outgoing.transaction_id as out_transaction_id,
    incoming.transaction_id as in_transaction_id,
    outgoing.account_id as from_account_id,
    incoming.account_id as to_account_id,
    outgoing.currency,
    outgoing.amount,
    outgoing.date as out_date,
    incoming.date as in_date,
    dense_rank() over (order by outgoing.owner, outgoing.currency, outgoing.amount) as pool,
    row_number() over (
      partition by outgoing.owner, outgoing.currency, outgoing.amount
      order by
        abs(incoming.date - outgoing.date), outgoing.date,
        outgoing.transaction_id, incoming.transaction_id
    ) as place
  from legs as outgoing
  join legs as incoming
    on incoming.owner = outgoing.owner
    and incoming.currency = outgoing.currency
    and incoming.amount = -outgoing.amount
    and incoming.account_id <> outgoing.account_id
    and abs(incoming.date - outgoing.date) <= {{ var('transfer_days') }}
  where outgoing.amount > 0 and (outgoing.says_so or incoming.says_so)
),

walk as (
  select
    pool, place, true as taken,
    array[out_transaction_id, in_transaction_id] as used
  from candidates
  where place = 1
  union all
  select
    candidates.pool, candidates.place, is_free.taken,
    case when is_free.taken
      then walk.used || array[candidates.out_transaction_id, candidates.in_transaction_id]
      else walk.used
    end
  from walk
  join candidates on candidates.pool = walk.pool and candidates.place = walk.place + 1
  cross join lateral (
    select not (
      candidates.out_transaction_id = any(walk.used)
      or candidates.in_transaction_id = any(walk.used)
    ) as taken
  ) as is_free
)

select
  candidates.out_transaction_id, candidates.in_transaction_id,
  candidates.from_account_id, candidates.to_account_id,
  candidates.currency, candidates.amount, candidates.out_date, candidates.in_date
from candidates
join walk on walk.pool = candidates.pool and walk.place = candidates.place
where walk.taken
