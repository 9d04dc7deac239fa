-- What holds for the whole installation, whoever syncs and by whichever face:
-- one row. Without it, in a database that was restored without its data, the
-- defaults hold. For set_new_number_budget(), set_choice_retention() and
-- set_webhooks() alone.
create table contact_sync_settings (
  only_row            boolean     not null default true,
  new_number_burst    integer     not null, -- 0: no budget
  new_numbers_per_day integer     not null,
  choices_kept_days   integer     not null default 30,
  has_outbox          boolean     not null default false, -- links are announced
  changed_at          timestamptz not null default now(),

  constraint contact_sync_settings_pkey primary key (only_row),
  constraint contact_sync_settings_one_row check (only_row),
  constraint contact_sync_settings_burst_in_range
    check (new_number_burst between 0 and 1000000000),
  constraint contact_sync_settings_per_day_in_range
    check (new_numbers_per_day between 1 and 1000000000),
  constraint contact_sync_settings_choices_kept_days_in_range
    check (choices_kept_days between 0 and 3650)
);

alter table contact_sync_settings enable row level security;
