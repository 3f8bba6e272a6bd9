-- Every month from the first transaction's to the last one's, those without any too.
select
  month::date as month,
  (month + interval '1 month' - interval '1 day')::date as last_day,
  extract(year from month)::integer as year,
  extract(quarter from month)::integer as quarter
from (select min(month) as first_month, max(month) as last_month from {{ ref('fct_transactions') }}) as span
cross join lateral generate_series(
  span.first_month::timestamp, span.last_month::timestamp, interval '1 month'
) as month
