-- The linker's queue: numbers whose directory entry changed and whose contacts
-- may not say so yet. A change enqueues its number in its own transaction; the
-- linker deletes only entries it has seen before it looked at the directory,
-- so a change that comes meanwhile is never lost.
create table contact_sync_pending_links (
  entry_id       bigint      not null generated always as identity,
  phone_key      uuid        not null,

  -- Only this owner's contact is concerned: whether they may find the user has
  -- changed, and not whose the number is. NULL: all who hold the number. A return of
  -- one owner's takes a link that was given as well: who hides loses those for good.
  owner_id       uuid,
  enqueued_at    timestamptz not null default now(),

  -- The number left the directory or went to somebody else, and came back before
  -- the linker had been round. Whoever read meanwhile saw no link: so the linker
  -- first takes it off all who hold the number, as if it were gone, and then
  -- begins anew with an entry of the ordinary kind. It counts as one change and
  -- another, and whoever follows is told of both.
  is_return      boolean     not null default false,

  -- NULL until the linker has looked at all contacts with the number once. Then
  -- the transactions that may have read the directory before the change and not
  -- written yet: the entry is finished by a look made after all of them have
  -- ended, and has nobody to wait for ('{}') from then on. A transaction that looked
  -- before it had committed its own change leaves its id here, negative: that look
  -- does not count.
  fence_holders  bigint[],

  -- What the last look found and could not be changed at once: owners whose
  -- turn comes, and how many of them, from the first, have had it. One who is
  -- erased meanwhile leaves with the list.
  owner_ids      uuid[],
  owners_tried   integer     not null default 0,

  -- Those who were locked by somebody else when their turn came, since when,
  -- and the transactions that locked them, where those are known: they are tried
  -- again when one of these has ended, or at a time.
  late_owner_ids uuid[],
  late_since     timestamptz,
  blockers       bigint[],
  retry_at       timestamptz,

  constraint contact_sync_pending_links_pkey primary key (entry_id)
) with (
  -- Entries come and go by the hundred thousand: cleared away soon, and at once.
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold    = 1000,
  autovacuum_vacuum_cost_delay   = 0
);

-- Random, so an attempt to compress them is in vain.
alter table contact_sync_pending_links alter column owner_ids set storage external;

create index contact_sync_pending_links_phone_key_idx on contact_sync_pending_links (phone_key);

-- For "who is in the linker's way", which monitoring asks.
create index contact_sync_pending_links_late_since_idx
  on contact_sync_pending_links (late_since)
  where late_since is not null;

alter table contact_sync_pending_links enable row level security;
