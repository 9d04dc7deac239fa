-- The parts of a session, numbered from 0.
create table contact_sync_session_parts (
  owner_id   uuid    not null,
  session_id uuid    not null,
  part       integer not null,
  phone_keys uuid[]  not null,
  part_size  integer not null,

  constraint contact_sync_session_parts_pkey primary key (owner_id, session_id, part),
  constraint contact_sync_session_parts_part_in_range check (part between 0 and 999999)
);

-- Random, so an attempt to compress them is in vain.
alter table contact_sync_session_parts alter column phone_keys set storage external;

alter table contact_sync_session_parts enable row level security;
