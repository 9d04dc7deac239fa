-- Links given to a user after their erasure, while that is not settled: they
-- came back, and these links stand. Without it a link that was given just before
-- and committed just after would look the same. It counts
-- for the erasure that its writer knew, not for a later one. Emptied as erasures
-- settle.
create table contact_sync_renewed_links (
  user_digest bytea       not null,
  owner_id    uuid        not null,
  phone_key   uuid        not null,
  erased_at   timestamptz not null,

  constraint contact_sync_renewed_links_pkey primary key (user_digest, owner_id, phone_key, erased_at)
);

alter table contact_sync_renewed_links enable row level security;
