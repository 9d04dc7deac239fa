-- Where the linker's queue begins. While an old snapshot keeps vacuum from the
-- entries that are done with, whoever reads the queue from its first entry walks
-- over all of those; hundreds of thousands take longer than the work. One row.
--
-- It is a hint: an entry with a lower id may still come, of a transaction that
-- takes long to commit. So the linker reads from the very beginning once a
-- minute; whoever asks for a number (a sync, link()) never relies on it.
create table contact_sync_linker (
  only_row       boolean     not null default true,
  first_entry_id bigint      not null default 0,
  walked_at      timestamptz not null default '-infinity', -- from the beginning

  constraint contact_sync_linker_pkey primary key (only_row),
  constraint contact_sync_linker_has_one_row check (only_row)
);

insert into contact_sync_linker default values;

alter table contact_sync_linker enable row level security;
