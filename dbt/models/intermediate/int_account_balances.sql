{{ config(materialized='view') }}
-- What the snapshot of balances watches. `seen_on` is the day that a balance is of: the day of the
-- run, or a later one that the bank's own dates have come to.
select
  accounts.account_id,
  accounts.currency,
  accounts.type,
  accounts.is_liability,
  accounts.current_balance,
  accounts.available_balance,
  accounts.credit_limit,
  accounts.closed_at::date as closed_on,
  greatest(
    current_date,
    (select max(date) from {{ ref('stg_plaid__transactions') }} where not is_pending)
  ) as seen_on
from {{ ref('stg_plaid__accounts') }} as accounts
