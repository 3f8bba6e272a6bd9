-- When a key last opened something, to the minute: what nobody uses any more can be revoked.
alter table plaid.api_key add column used_at timestamptz;
