-- What holds for the whole installation, whoever syncs and by whichever face:
-- one row. Without it, in a database that was restored without its data, the
-- defaults hold (contact_sync_new_number_budget(), contact_sync_has_outbox()).
-- For set_new_number_budget() and set_webhooks() alone.
create table contact_sync_settings (
  only_row            boolean     not null default true,
  new_number_burst    integer     not null, -- 0: no budget
  new_numbers_per_day integer     not null,
  has_outbox          boolean     not null default false, -- links are announced
  changed_at          timestamptz not null default now(),

  constraint contact_sync_settings_pkey primary key (only_row),
  constraint contact_sync_settings_one_row check (only_row),
  constraint contact_sync_settings_burst_in_range
    check (new_number_burst between 0 and 1000000000),
  constraint contact_sync_settings_per_day_in_range
    check (new_numbers_per_day between 1 and 1000000000)
);

alter table contact_sync_settings enable row level security;
