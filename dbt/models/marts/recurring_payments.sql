-- What comes back at its time: at least three payments to or from one merchant, of whose gaps the
-- median is near a week, two, a month, a quarter or a year, and of whose gaps and amounts three
-- quarters are near the median.
with cadences (cadence, days, tolerance_days, step) as (
  values
    ('weekly', 7, 1, interval '7 days'),
    ('biweekly', 14, 2, interval '14 days'),
    ('monthly', 30, 4, interval '1 month'),
    ('quarterly', 91, 8, interval '3 months'),
    ('yearly', 365, 15, interval '1 year')
),

payments as (
  select
    merchant_key,
    currency,
    case when amount > 0 then 'out' else 'in' end as direction,
    coalesce(merchant_name, name) as merchant,
    date,
    abs(amount) as amount,
    date - lag(date) over (
      partition by merchant_key, currency, amount > 0 order by date, transaction_id
    ) as gap
  from {{ ref('fct_transactions') }}
  where not is_pending and flow <> 'own_transfer'
    and amount <> 0 and date is not null and merchant_key is not null
),

series as (
  select
    merchant_key,
    currency,
    direction,
    (array_agg(merchant order by date desc))[1] as merchant,
    count(*) as payment_count,
    min(date) as first_on,
    max(date) as last_on,
    percentile_disc(0.5) within group (order by gap) as median_gap,
    percentile_disc(0.5) within group (order by amount) as median_amount
  from payments
  group by merchant_key, currency, direction
  having count(*) >= 3
),

regular as (
  select
    series.merchant_key, series.currency, series.direction, cadences.cadence,
    avg((abs(payments.gap - cadences.days) <= cadences.tolerance_days)::integer)
      as regular_gaps,
    avg((abs(payments.amount - series.median_amount) <= series.median_amount * 0.2)::integer)
      as regular_amounts
  from series
  join cadences on abs(series.median_gap - cadences.days) <= cadences.tolerance_days
  join payments using (merchant_key, currency, direction)
  group by series.merchant_key, series.currency, series.direction, cadences.cadence
)

select
  series.merchant_key,
  series.currency,
  series.direction,
  series.merchant,
  cadences.cadence,
  series.payment_count,
  series.median_amount as usual_amount,
  series.first_on,
  series.last_on,
  (series.last_on + cadences.step)::date as next_expected_on,
  (series.last_on + cadences.step)::date + cadences.tolerance_days
    >= (select max(date) from {{ ref('fct_transactions') }} where not is_pending) as is_active
from series
join regular using (merchant_key, currency, direction)
join cadences using (cadence)
where regular.regular_gaps >= 0.75 and regular.regular_amounts >= 0.75
