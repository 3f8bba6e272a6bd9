{{ config(severity='warn') }}
-- An open deposit or card account without a transaction for 45 days: nobody uses it, or the bank
-- gives nothing any more.
select account_id, last_transaction_on
from {{ ref('dim_accounts') }}
where not is_closed and type in ('depository', 'credit')
  and coalesce(last_transaction_on, '-infinity'::date)
    < (select max(last_transaction_on) from {{ ref('dim_accounts') }}) - 45
