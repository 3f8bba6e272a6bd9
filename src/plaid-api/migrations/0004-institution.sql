-- What Plaid says of the institutions of linked Items, kept so that nobody's page asks Plaid, or
-- fetches a picture from anywhere else.
create table plaid.institution (
  institution_id text primary key,
  name text not null,
  primary_color text,
  url text,
  logo bytea, -- PNG
  read_at timestamptz not null default now()
);
