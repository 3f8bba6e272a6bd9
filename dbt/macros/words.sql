{# What both merchants and recurring payments go by: Plaid's stable id, else its name of the
   merchant, else the bank's text without the numbers in it. #}
{% macro merchant_key(row) -%}
coalesce(
    {{ row }}.merchant_entity_id,
    lower({{ row }}.merchant_name),
    nullif(btrim(regexp_replace(lower({{ row }}.name), '[^[:alpha:]]+', ' ', 'g')), '')
  )
{%- endmacro %}

{# Money that comes in under these is no refund of anything spent. #}
{% macro money_in_categories() -%}
('INCOME', 'TRANSFER_IN', 'TRANSFER_OUT', 'LOAN_PAYMENTS', 'LOAN_DISBURSEMENTS')
{%- endmacro %}
