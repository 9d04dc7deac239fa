-- What remains of failed runs that were folded: how many of a day failed with which
-- code, and when the last did. contact_sync_daily_totals counts them as well.
create table contact_sync_daily_failures (
  sync_date  date        not null,
  error_code text        not null,
  syncs      bigint      not null,
  last_at    timestamptz not null,

  constraint contact_sync_daily_failures_pkey primary key (sync_date, error_code)
);

alter table contact_sync_daily_failures enable row level security;
