{{ config(
  materialized='incremental',
  unique_key='transaction_id',
  incremental_strategy='delete+insert',
  on_schema_change='append_new_columns',
  post_hook="delete from {{ this }} as fact where not exists (
    select from {{ ref('stg_plaid__transactions') }} as living
    where living.transaction_id = fact.transaction_id)"
) }}
-- One row a living transaction. A run takes those rows whose stamp is not the one that is here
-- already, or whose transfer is another one since; what the bank took back goes after it.
with sides as (
  select out_transaction_id as transaction_id, in_transaction_id as transfer_transaction_id
  from {{ ref('int_transfers_matched') }}
  union all
  select in_transaction_id, out_transaction_id
  from {{ ref('int_transfers_matched') }}
)

select
  living.transaction_id,
  living.account_id,
  living.item_id,
  living.date,
  living.occurred_on,
  date_trunc('month', living.date)::date as month,
  living.amount,
  living.signed_amount,
  living.currency,
  living.name,
  living.merchant_name,
  {{ merchant_key('living') }} as merchant_key,
  living.category,
  living.subcategory,
  living.payment_channel,
  living.is_pending,
  case
    when living.amount is null then null
    when sides.transfer_transaction_id is not null then 'own_transfer'
    when living.amount < 0
      and (living.category is null or living.category in {{ money_in_categories() }}) then 'income'
    when living.category in ('INCOME', 'TRANSFER_IN', 'LOAN_DISBURSEMENTS') then 'income'
    else 'spending'
  end as flow,
  sides.transfer_transaction_id,
  living.created_at,
  living.updated_at
from {{ ref('stg_plaid__transactions') }} as living
left join sides on sides.transaction_id = living.transaction_id
{% if is_incremental() %}
left join {{ this }} as here on here.transaction_id = living.transaction_id
where here.transaction_id is null
  or here.updated_at is distinct from living.updated_at
  or here.transfer_transaction_id is distinct from sides.transfer_transaction_id
{% endif %}
