-- The keys that Plaid was seen to sign webhooks with: known after a restart, when whoever names
-- made-up ones would keep them out. A hundred are kept.
create table plaid.webhook_key (
  kid text primary key,
  jwk jsonb not null, -- its public half
  expired_at timestamptz,
  asked_at timestamptz not null
);
