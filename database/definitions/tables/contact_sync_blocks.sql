-- Who is not to find whom, whatever the user is to others.
create table contact_sync_blocks (
  user_id         uuid        not null,
  blocked_user_id uuid        not null,
  created_at      timestamptz not null default now(),

  constraint contact_sync_blocks_pkey primary key (user_id, blocked_user_id)
);

-- For erasing somebody who was blocked.
create index contact_sync_blocks_blocked_user_id_idx on contact_sync_blocks (blocked_user_id);

alter table contact_sync_blocks enable row level security;
