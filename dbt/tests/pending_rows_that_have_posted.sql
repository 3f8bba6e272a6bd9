{{ config(severity='warn') }}
-- A pending transaction and the posted one that it became: the bank should have taken it back.
select pending.transaction_id, posted.transaction_id as posted_transaction_id
from {{ ref('stg_plaid__transactions') }} as posted
join {{ ref('stg_plaid__transactions') }} as pending
  on pending.transaction_id = posted.pending_transaction_id
