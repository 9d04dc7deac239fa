-- What holds for the whole installation, whoever syncs and by whichever face:
-- one row. Without it, in a database that was restored without its data, the
-- defaults hold. For set_new_number_budget(), set_choice_retention(), set_retention(),
-- set_webhooks(), set_default_discoverability() and set_suspect_hold() alone.
create table contact_sync_settings (
  only_row            boolean     not null default true,
  new_number_burst    integer     not null, -- 0: no budget
  new_numbers_per_day integer     not null,
  new_account_days    integer     not null default 7, -- 0: none is new
  new_account_burst   integer     not null default 12000,
  choices_kept_days   integer     not null default 30,
  has_outbox          boolean     not null default false, -- links are announced

  -- who finds users that have not chosen
  default_discoverable text       not null default 'everybody',

  -- set_retention(): of the first two, 0 is for good
  silent_owner_months     integer not null default 18,
  forgotten_number_months integer not null default 0,
  runs_kept_days          integer not null default 90,
  -- how far apply_retention() has come in its walk along the owners; NULL: it begins
  retention_at_owner_id   uuid,
  hold_suspects       smallint, -- the score from which an owner is held; NULL: none is

  changed_at          timestamptz not null default now(),

  constraint contact_sync_settings_pkey primary key (only_row),
  constraint contact_sync_settings_one_row check (only_row),
  constraint contact_sync_settings_burst_in_range
    check (new_number_burst between 0 and 1000000000),
  constraint contact_sync_settings_per_day_in_range
    check (new_numbers_per_day between 1 and 1000000000),
  constraint contact_sync_settings_new_account_days_in_range
    check (new_account_days between 0 and 3650),
  constraint contact_sync_settings_new_account_burst_in_range
    check (new_account_burst between 1 and 1000000000),
  constraint contact_sync_settings_choices_kept_days_in_range
    check (choices_kept_days between 0 and 3650),
  constraint contact_sync_settings_known_discoverable
    check (default_discoverable in ('everybody', 'mutual', 'nobody')),
  constraint contact_sync_settings_silent_owner_months_in_range
    check (silent_owner_months between 0 and 240),
  constraint contact_sync_settings_forgotten_number_months_in_range
    check (forgotten_number_months between 0 and 240),
  constraint contact_sync_settings_runs_kept_days_in_range
    check (runs_kept_days between 1 and 3650),
  constraint contact_sync_settings_hold_suspects_in_range
    check (hold_suspects between 1 and 100)
);

alter table contact_sync_settings enable row level security;
