-- Changes of the directory that the linker has finished, by how long they took: a row a
-- pass and bucket, so that no pass waits for another one to count. Kept until
-- clean_up_contact_sync() adds them to contact_sync_daily_durations, and of nobody.
create table contact_sync_finished_links (
  finished_id bigint      not null generated always as identity,
  finished_at timestamptz not null,
  bucket      smallint    not null,
  how_many    integer     not null,

  constraint contact_sync_finished_links_pkey primary key (finished_id)
);

alter table contact_sync_finished_links enable row level security;
