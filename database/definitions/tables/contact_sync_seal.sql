-- Whether phone keys are sealed, and with which key: one row, written when the
-- database is first used. A wrong key would otherwise match nobody, silently,
-- and store every book a second time.
create table contact_sync_seal (
  only_row    boolean     not null default true,
  is_sealed   boolean     not null,
  key_id      text,
  check_value text,
  recorded_at timestamptz not null default now(),

  constraint contact_sync_seal_pkey primary key (only_row),
  constraint contact_sync_seal_one_row check (only_row),
  constraint contact_sync_seal_sealed_has_key
    check (is_sealed = (key_id is not null and check_value is not null))
);

alter table contact_sync_seal enable row level security;
