{{ config(severity='warn') }}
-- A bank's day may be tomorrow here, not later.
select transaction_id, date
from {{ ref('stg_plaid__transactions') }}
where not is_pending and date > current_date + 1
