-- What the linker has to look for before it knows the numbers: a change of which
-- only the person is known. contact_sync_expand_books() turns an entry into ones of
-- contact_sync_pending_links, once at once, and once more when those have ended who
-- were behind the fence then: a contact that somebody was just writing was not there
-- to be seen.
create table contact_sync_pending_books (
  entry_id      bigint      not null generated always as identity,

  -- Whose book: whom its owner may find has changed, since their own number came or
  -- went, or they are held no more. NULL with are_given: of all.
  person_id     uuid,

  -- Not the person's book, but the links that were given to them in any.
  are_given     boolean     not null default false,

  -- There was such a change before that the linker had not seen: whoever read
  -- meanwhile may have seen a link gone that is stored all the time
  -- (contact_sync_pending_links.is_return).
  is_return     boolean     not null default false,
  enqueued_at   timestamptz not null default now(),
  fence_holders bigint[],

  constraint contact_sync_pending_books_pkey primary key (entry_id),
  constraint contact_sync_pending_books_has_person check (person_id is not null or are_given)
) with (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold    = 1000,
  autovacuum_vacuum_cost_delay   = 0
);

create index contact_sync_pending_books_person_id_idx on contact_sync_pending_books (person_id);

alter table contact_sync_pending_books enable row level security;
