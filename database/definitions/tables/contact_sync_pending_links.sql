-- The linker's queue: numbers whose directory entry changed and whose contacts
-- may not say so yet. A change enqueues its number in its own transaction; the
-- linker deletes only entries it has seen before it looked at the directory,
-- so a change that comes meanwhile is never lost.
create table contact_sync_pending_links (
  entry_id      bigint      not null generated always as identity,
  phone_key     uuid        not null,
  enqueued_at   timestamptz not null default now(),

  -- NULL until the linker's first pass. Then the transactions that may have
  -- read the directory before the change and not written yet: the entry is
  -- finished by a pass made after all of them have ended.
  fence_holders text[],

  constraint contact_sync_pending_links_pkey primary key (entry_id)
);

create index contact_sync_pending_links_phone_key_idx on contact_sync_pending_links (phone_key);

alter table contact_sync_pending_links enable row level security;
