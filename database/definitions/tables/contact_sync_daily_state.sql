-- How much there was, a row a UTC day, as clean_up_contact_sync() last measured it that
-- day: numbers of the directory, contacts, and the rows and bytes of all our tables.
-- Where there are many, they are the database's own estimates.
create table contact_sync_daily_state (
  state_date        date        not null,
  directory_numbers bigint      not null,
  contacts          bigint      not null,
  stored_rows       bigint      not null,
  stored_bytes      bigint      not null,
  measured_at       timestamptz not null default now(),

  constraint contact_sync_daily_state_pkey primary key (state_date)
);

alter table contact_sync_daily_state enable row level security;
