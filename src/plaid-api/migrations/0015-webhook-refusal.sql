-- How many webhooks were refused at the door, by the minute and why: what somebody is told of is
-- known after a restart, and whichever of several processes refused. A day is kept, and the codes
-- are ours, so it is bounded whoever knocks (L9).
create table plaid.webhook_refusal (
  minute timestamptz not null,
  reason text not null,
  n bigint not null,
  primary key (minute, reason)
);
