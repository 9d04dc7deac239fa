-- Syncs that come in parts and take effect all at once
-- (contact_sync_commit_session()). One that has not been heard of for a day is
-- dropped, with its parts.
create table contact_sync_sessions (
  owner_id              uuid        not null,
  session_id            uuid        not null,
  device_id             text        not null,
  sync_mode             text        not null,
  device_contacts_count integer     not null,

  -- One more with every part: what was read of it is what will be committed.
  version               bigint      not null default 0,
  last_part_at          timestamptz not null default now(),

  -- How often somebody has asked to commit it, which reads all of it.
  commits_asked         integer     not null default 0,

  constraint contact_sync_sessions_pkey primary key (owner_id, session_id),
  constraint contact_sync_sessions_known_mode check (sync_mode in ('merge', 'replace'))
);

-- For dropping.
create index contact_sync_sessions_last_part_at_idx on contact_sync_sessions (last_part_at);

alter table contact_sync_sessions enable row level security;
