-- Who was erased a short while ago, by a digest that does not name them. What
-- was running at that moment may yet give a link to them, or report that a sync
-- of theirs has failed:
--
-- Until an erasure is settled, a link given to the user counts for nothing,
-- unless its writer knew of the erasure (contact_sync_renewed_links); the linker
-- takes it off the row, and settles the erasure when nobody is behind the fence
-- any more who was there at its first look. fence_holders and late_owner_ids are
-- what they are in contact_sync_pending_links.
--
-- The row goes a day after the erasure (clean_up_contact_sync()): until then it keeps
-- the failure of a sync that began before it from leaving a status and a run.
create table contact_sync_erasures (
  user_digest    bytea       not null, -- sha256(uuid_send(user_id))
  erased_at      timestamptz not null,
  is_settled     boolean     not null default false,
  fence_holders  bigint[],
  late_owner_ids uuid[],
  late_since     timestamptz,

  constraint contact_sync_erasures_pkey primary key (user_digest)
);

-- Nearly always empty, and asked by every sync.
create index contact_sync_erasures_unsettled_idx
  on contact_sync_erasures (user_digest)
  where not is_settled;

alter table contact_sync_erasures enable row level security;
