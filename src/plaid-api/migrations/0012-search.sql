-- What a search for a bank or an account looks through, in small letters: names, masks, ids, owners.
-- An account's body has its bank's name.
alter table plaid.item add column searched text generated always as (
  left(lower(coalesce(institution_name, '') || e'\n' || item_id || e'\n' || client_user_id), 300))
  stored;
alter table plaid.account add column searched text generated always as (
  left(lower(
    coalesce(('{' || body)::json ->> 'name', '') || e'\n' ||
    coalesce(('{' || body)::json ->> 'official_name', '') || e'\n' ||
    coalesce(('{' || body)::json ->> 'mask', '') || e'\n' ||
    coalesce(('{' || body)::json ->> 'institution_name', '') || e'\n' || account_id), 300))
  stored;

-- As for transactions: where there is no pg_trgm, every Item is looked at.
do $$
declare
  place text;
begin
  select n.nspname into place
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
  if place is not null then
    execute format(
      'create index item_search on plaid.item using gin (searched %I.gin_trgm_ops)', place);
    execute format(
      'create index account_search on plaid.account using gin (searched %I.gin_trgm_ops)', place);
  end if;
end $$;
