-- One row an account, closed ones too while they have transactions.
with activity as (
  select
    account_id,
    min(date) as first_transaction_on,
    max(date) as last_transaction_on,
    count(*) as transaction_count
  from {{ ref('fct_transactions') }}
  group by account_id
)

select
  accounts.account_id,
  accounts.item_id,
  accounts.institution_id,
  accounts.institution_name,
  accounts.name,
  accounts.official_name,
  accounts.mask,
  accounts.type,
  accounts.subtype,
  accounts.holder_category,
  accounts.currency,
  accounts.current_balance,
  accounts.available_balance,
  accounts.credit_limit,
  accounts.is_liability,
  accounts.is_closed,
  accounts.closed_at,
  activity.first_transaction_on,
  activity.last_transaction_on,
  coalesce(activity.transaction_count, 0) as transaction_count
from {{ ref('stg_plaid__accounts') }} as accounts
left join activity on activity.account_id = accounts.account_id
