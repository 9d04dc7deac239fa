-- Which migrations the schema has. Each records itself at its end, however it is
-- run: by contact-sync migrate, by the Supabase CLI, by psql.
create table contact_sync_migrations (
  id     serial       not null,
  name   varchar(255) not null,
  run_on timestamp    not null,

  constraint contact_sync_migrations_pkey primary key (id)
);

alter table contact_sync_migrations enable row level security;
