-- Made of the dictionary of streams, and held equal to it by test/dbt.
select
  account_id,
  item_id,
  name,
  official_name,
  type,
  subtype,
  mask,
  institution_id,
  institution_name,
  current_balance,
  available_balance,
  credit_limit,
  iso_currency_code,
  unofficial_currency_code,
  holder_category,
  persistent_account_id,
  closed_at,
  extra,
  created_at,
  updated_at,
  coalesce(iso_currency_code, unofficial_currency_code, 'none') as currency,
  coalesce(type in ('credit', 'loan'), false) as is_liability,
  closed_at is not null as is_closed
from {{ source('plaid', 'accounts') }}
{{ without_deleted(source('plaid', 'accounts')) }}
