-- One row an owner: the last sync and how many contacts are stored. The row is
-- also the owner's lock: whoever writes an owner's contacts holds it.
create table contact_sync_status (
  owner_id              uuid        not null,
  contacts_count        integer     not null default 0,
  sync_status           text        not null default 'never_synced',
  last_sync_at          timestamptz,
  last_sync_mode        text,
  device_contacts_count integer,
  synced_contacts_count integer,
  matched_contacts_count integer,
  last_error_code       text,

  -- The budget for new numbers: what was spent of it, and since when that
  -- dwindles.
  new_numbers_spent     numeric(16, 6) not null default 0,
  new_numbers_since     timestamptz,

  -- When the first sync began, also one that was refused; a book that the back end
  -- has filled begins none. And the most unreadable numbers that were ever charged.
  first_sync_at         timestamptz,
  rejected_charged      integer     not null default 0,

  -- What was seen of the sync that is under way, for its run
  -- (contact_sync_judge()); of a stream, the worst of its chunks. NULL between syncs.
  judged_suspicion      smallint,
  judged_neighbours     smallint,

  -- Since when the owner gets no new links, and the score that led to it. Then when
  -- somebody released them, from which score.
  held_at               timestamptz,
  held_suspicion        smallint,
  released_at           timestamptz,
  released_suspicion    smallint,

  -- Changes of links: the number of the last one, always even; a random mark
  -- each for the last 32, newest first, by which a cursor is known to be of this
  -- history; and where those who follow have to begin anew, because what went
  -- before can't be told one by one (list_contact_changes()).
  link_number           bigint      not null default 0,
  link_marks            bigint[]    not null
    default array[('x' || right(md5(gen_random_uuid()::text), 16))::bit(64)::bigint],
  links_begin_at        bigint      not null default 0,

  -- Which key the owner's book is sealed with (contact_sync_seal.key_number).
  key_number            smallint    not null default contact_sync_key_number(),

  created_at            timestamptz not null default now(),
  updated_at            timestamptz not null default now(),

  constraint contact_sync_status_pkey primary key (owner_id),
  constraint contact_sync_status_known_status
    check (sync_status in ('never_synced', 'completed', 'failed')),
  constraint contact_sync_status_contacts_within_limit
    check (contacts_count between 0 and 1000000)
) with (fillfactor = 80); -- rewritten by every sync; room for HOT updates

-- Few: for the list of suspects.
create index contact_sync_status_held_at_idx on contact_sync_status (held_at) where held_at is not null;

alter table contact_sync_status enable row level security;
