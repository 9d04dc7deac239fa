-- 013_create_contacts_with_accounts.sql
-- The address books, the state and history of their syncs, and the seal.
--
-- Composed from database/definitions (npm run compose): until it is released,
-- change it there; from then on it stays as it is.
-- To run it by hand: psql --single-transaction --file, in the order of the numbers.

set local search_path = public, pg_temp;

-- Outside of a transaction that line only warns, and what follows would be pinned to another path.
do $transaction$
begin
  if pg_catalog.right(pg_catalog.current_setting('search_path'), 7) operator(pg_catalog.<>) 'pg_temp' then
    raise exception using
      errcode = '25P01',
      message = 'this migration has to run in one transaction; nothing was changed',
      hint = 'psql --set ON_ERROR_STOP=1 --single-transaction --file FILE, or "begin" before it and "commit" behind it.';
  end if;
end
$transaction$;


-- One row a contact: an owner and a number in the owner's address book, with
-- or without an account. linked_user_id is a cache of the directory, kept by
-- syncs and the linker and confirmed against the directory by every read.
--
-- The columns that every row has come first, the ones that most rows lack after
-- them: so an ordinary row takes 80 bytes.
create table contacts_with_accounts (
  owner_id         uuid        not null,
  phone_key        uuid        not null,
  created_at       timestamptz not null default now(),

  -- Who of the owner's devices has it, a bit each (contact_sync_devices.slot).
  -- Bit 0: calls that named no device, a bulk insert, a picker.
  held_by          smallint    not null default 1,
  is_favorite      boolean     not null default false,

  -- The link came with a bulk insert. It stands only while the directory has
  -- no entry for the number.
  link_given       boolean     not null default false,

  linked_user_id   uuid,

  -- When linked_user_id last changed, by the owner's count
  -- (contact_sync_status.link_number); one more where that was silent. NULL where
  -- it is as it was when the owner's book began.
  link_number      bigint,

  -- NULL: nothing was changed since created_at.
  updated_at       timestamptz,
  last_interaction timestamptz,

  constraint contacts_with_accounts_pkey primary key (owner_id, phone_key),
  constraint contacts_with_accounts_given_link_has_user
    check (not link_given or linked_user_id is not null),
  constraint contacts_with_accounts_held
    check (held_by > 0)
);

alter table contacts_with_accounts enable row level security;


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


-- History: one row a sync, the failed ones too.
create table contact_sync_runs (
  owner_id               uuid        not null,
  run_id                 bigint      not null generated always as identity,
  started_at             timestamptz not null,
  sync_status            text        not null,
  sync_mode              text        not null,
  device_contacts_count  integer     not null,
  synced_contacts_count  integer     not null default 0,
  contacts_inserted      integer     not null default 0,
  contacts_updated       integer     not null default 0,
  contacts_unchanged     integer     not null default 0,
  contacts_removed       integer     not null default 0,
  matched_contacts_count integer     not null default 0,
  batch_size             integer,
  processing_time_ms     integer     not null,
  error_code             text,

  -- How much the sync looked like an attack, 0 to 100, and how many of its numbers
  -- in per cent have a near neighbour among them; NULL: nothing was new to the owner,
  -- and of the second, nobody saw the numbers (contact_sync_judge()).
  suspicion              smallint,
  neighbours_percent     smallint,

  constraint contact_sync_runs_pkey primary key (owner_id, run_id),
  constraint contact_sync_runs_known_status check (sync_status in ('completed', 'failed')),
  constraint contact_sync_runs_known_mode check (sync_mode in ('merge', 'replace', 'delta')),
  constraint contact_sync_runs_processing_time_positive check (processing_time_ms >= 1)
);

-- For the statistics of the last days and for folding old runs away.
create index contact_sync_runs_started_at_idx on contact_sync_runs (started_at);

-- For the list of suspects. Most syncs give no sign at all.
create index contact_sync_runs_suspicion_idx on contact_sync_runs (started_at) where suspicion > 0;

alter table contact_sync_runs enable row level security;


-- What remains of runs that were folded for their age or whose owner was
-- erased: a day's sums, nobody's history. contact_sync_stats adds them to the
-- runs that still stand.
create table contact_sync_daily_totals (
  sync_date              date   not null,
  total_syncs            bigint not null default 0,
  completed_syncs        bigint not null default 0,
  delta_syncs            bigint not null default 0, -- of the completed ones, those by token
  failed_syncs           bigint not null default 0,
  device_contacts_count  bigint not null default 0,
  synced_contacts_count  bigint not null default 0,
  contacts_inserted      bigint not null default 0,
  contacts_updated       bigint not null default 0,
  contacts_unchanged     bigint not null default 0,
  contacts_removed       bigint not null default 0,
  matched_contacts_count bigint not null default 0,
  processing_time_ms     bigint not null default 0, -- of completed syncs, as the next
  max_processing_time_ms bigint not null default 0,
  unchanged_syncs        bigint not null default 0, -- deltas without a change, which leave no run

  constraint contact_sync_daily_totals_pkey primary key (sync_date)
);

alter table contact_sync_daily_totals enable row level security;


-- What remains of failed runs that were folded: how many of a day failed with which
-- code, and when the last did. contact_sync_daily_totals counts them as well.
create table contact_sync_daily_failures (
  sync_date  date        not null,
  error_code text        not null,
  syncs      bigint      not null,
  last_at    timestamptz not null,

  constraint contact_sync_daily_failures_pkey primary key (sync_date, error_code)
);

alter table contact_sync_daily_failures enable row level security;


-- How long things took, a day's distribution by contact_sync_bucket_bounds(): 'sync', completed
-- runs that were folded; 'link', changes of the directory, from the change until every
-- book said so.
create table contact_sync_daily_durations (
  sync_date date     not null,
  subject   text     not null,
  bucket    smallint not null,
  how_many  bigint   not null,

  constraint contact_sync_daily_durations_pkey primary key (sync_date, subject, bucket),
  constraint contact_sync_daily_durations_known_subject check (subject in ('sync', 'link'))
);

alter table contact_sync_daily_durations enable row level security;


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


-- How much there was, a row a UTC day, as clean_up_contact_sync() last measured it that
-- day: numbers of the directory, contacts, and the rows and bytes of all our tables.
-- Where there are many, they are the database's own estimates.
create table contact_sync_daily_state (
  state_date        date        not null,
  directory_numbers bigint      not null,
  contacts          bigint      not null,
  stored_rows       bigint      not null,
  stored_bytes      bigint      not null,
  measured_at       timestamptz not null default now(),

  constraint contact_sync_daily_state_pkey primary key (state_date)
);

alter table contact_sync_daily_state enable row level security;


-- Streamed replaces under way, from the first chunk to the finish. One that has
-- not been heard of for a day has broken off and is dropped, with what it
-- staged.
create table contact_sync_streams (
  owner_id      uuid        not null,
  stream_id     uuid        not null,
  last_chunk_at timestamptz not null,

  -- Not all that the stream has named may be stored: the owner had no room for
  -- it, or another replace has removed it. The finish adds the rest, when it has
  -- removed what the stream did not name.
  is_incomplete boolean     not null default false,

  -- A sync of the owner was completed since the last chunk: what the stream has
  -- added by then is part of the book like everything else.
  is_settled    boolean     not null default false,

  constraint contact_sync_streams_pkey primary key (owner_id, stream_id)
);

alter table contact_sync_streams enable row level security;


-- The numbers a streamed replace has read so far. Its last transaction removes
-- what is not here; a stream that breaks off has then only added.
create table contact_sync_staged_keys (
  owner_id  uuid    not null,
  stream_id uuid    not null,
  phone_key uuid    not null,

  -- The stream added it. A replacement is measured against the book without it
  -- as well: or else repeating a refused one would find the book twice as
  -- large, and pass. A mark can only ask for a confirmation, never save one.
  is_new    boolean not null,

  constraint contact_sync_staged_keys_pkey primary key (owner_id, stream_id, phone_key)
);

alter table contact_sync_staged_keys enable row level security;


-- The devices of owners: installations of an app, each with a set of contacts, of
-- which contacts_with_accounts.held_by has the bit number slot. An owner has 14
-- at most (contact_sync_use_device()).
create table contact_sync_devices (
  owner_id       uuid        not null,
  device_id      text        not null,
  slot           smallint    not null,

  -- Another one whenever the device's set is another. A device that knows it
  -- knows the set: random after a snapshot, and after whatever changed the set
  -- behind the device's back; made of the one before and the delta after that,
  -- so that a delta which comes again is known (contact_sync_mark_after()).
  sync_mark      uuid        not null,

  -- What the last delta did, for one that comes again.
  delta_inserted integer     not null default 0,
  delta_updated  integer     not null default 0,
  delta_removed  integer     not null default 0,

  created_at     timestamptz not null default now(),
  last_seen_at   timestamptz not null default now(),

  constraint contact_sync_devices_pkey primary key (owner_id, device_id),
  constraint contact_sync_devices_slot_taken_once unique (owner_id, slot),
  constraint contact_sync_devices_slot_in_range check (slot between 1 and 14),
  constraint contact_sync_devices_device_id_well_formed
    check (device_id ~ '^[A-Za-z0-9._-]{1,64}$')
) with (fillfactor = 80); -- rewritten by every sync; room for HOT updates

alter table contact_sync_devices enable row level security;


-- What an owner had chosen for contacts that a sync has removed. It comes back
-- with the contact, or is forgotten after a while (set_choice_retention()).
--
-- While there is a budget for new numbers, every number that a sync removes has a
-- row: it was paid for, and is not charged again when it comes back within that
-- while. An ordinary contact's has nothing chosen. Without a budget only contacts
-- with a choice have one; and one that somebody deletes by hand leaves none.
create table contact_sync_kept_choices (
  owner_id         uuid        not null,
  phone_key        uuid        not null,
  removed_at       timestamptz not null,
  is_favorite      boolean     not null,
  last_interaction timestamptz,

  constraint contact_sync_kept_choices_pkey primary key (owner_id, phone_key)
);

-- For forgetting.
create index contact_sync_kept_choices_removed_at_idx on contact_sync_kept_choices (removed_at);

-- For numbers that are forgotten.
create index contact_sync_kept_choices_phone_key_idx on contact_sync_kept_choices (phone_key);

alter table contact_sync_kept_choices enable row level security;


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


-- Whether phone keys are sealed, and with which key: one row, written when the
-- database is first used. A wrong key would otherwise match nobody, silently,
-- and store every book a second time.
--
-- While `contact-sync rotate-key` goes on, it also says how far that has come
-- (contact_sync_begin_rotation()). Whoever has read this table in a transaction
-- keeps its lock until the end: by that lock a rotation knows who may not know of
-- its latest step yet (contact_sync_await_seal_readers()).
create table contact_sync_seal (
  only_row         boolean     not null default true,
  is_sealed        boolean     not null,
  key_id           text,
  check_value      text,
  recorded_at      timestamptz not null default now(),

  -- How many keys there were before this one. Books, numbers of the directory and
  -- messages say by it which key they are sealed with.
  key_number       smallint    not null default 0,

  -- The key that a rotation goes over to, which has the next number: who changes the
  -- directory writes with both. Once is_moving, books are of the one or the other
  -- (contact_sync_status.key_number), and new ones of the next.
  next_key_id      text,
  next_check_value text,
  is_moving        boolean     not null default false,

  -- The key before, while something is left that was sealed with it.
  previous_key_id  text,

  -- What the app calls its users: 'uuid', or 'text', of which UUIDs are made
  -- (contact_sync_users). NULL: nobody has said so yet. And the secret that they are made
  -- with, sealed with the key and, while a rotation goes on, with the next.
  user_id_kind        text,
  user_id_secret      bytea,
  next_user_id_secret bytea,

  constraint contact_sync_seal_pkey primary key (only_row),
  constraint contact_sync_seal_one_row check (only_row),
  constraint contact_sync_seal_sealed_has_key
    check (is_sealed = (key_id is not null and check_value is not null)),
  constraint contact_sync_seal_rotation_has_key
    check ((next_key_id is null) = (next_check_value is null) and (next_key_id is not null or not is_moving)),
  constraint contact_sync_seal_known_user_id_kind
    check (user_id_kind in ('uuid', 'text')),
  constraint contact_sync_seal_texts_have_secret
    check (user_id_kind is not distinct from 'text' and is_sealed and user_id_secret is not null
           or user_id_kind is distinct from 'text' and user_id_secret is null and next_user_id_secret is null)
);

alter table contact_sync_seal enable row level security;


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


-- What holds for the whole installation, whoever syncs and by whichever face:
-- one row. Without it, in a database that was restored without its data, the
-- defaults hold. For set_new_number_budget(), set_choice_retention(), set_retention(),
-- set_webhooks(), set_default_discoverability() and set_suspect_hold() alone.
create table contact_sync_settings (
  only_row            boolean     not null default true,
  new_number_burst    integer     not null, -- 0: no budget
  new_numbers_per_day integer     not null,
  new_account_days    integer     not null default 7, -- 0: none is new
  new_account_burst   integer     not null default 12000,
  choices_kept_days   integer     not null default 30,
  has_outbox          boolean     not null default false, -- links are announced

  -- who finds users that have not chosen
  default_discoverable text       not null default 'everybody',

  -- set_retention(): of the first two, 0 is for good
  silent_owner_months     integer not null default 18,
  forgotten_number_months integer not null default 0,
  runs_kept_days          integer not null default 90,
  -- how far apply_retention() has come in its walk along the owners; NULL: it begins
  retention_at_owner_id   uuid,
  hold_suspects       smallint, -- the score from which an owner is held; NULL: none is

  changed_at          timestamptz not null default now(),

  constraint contact_sync_settings_pkey primary key (only_row),
  constraint contact_sync_settings_one_row check (only_row),
  constraint contact_sync_settings_burst_in_range
    check (new_number_burst between 0 and 1000000000),
  constraint contact_sync_settings_per_day_in_range
    check (new_numbers_per_day between 1 and 1000000000),
  constraint contact_sync_settings_new_account_days_in_range
    check (new_account_days between 0 and 3650),
  constraint contact_sync_settings_new_account_burst_in_range
    check (new_account_burst between 1 and 1000000000),
  constraint contact_sync_settings_choices_kept_days_in_range
    check (choices_kept_days between 0 and 3650),
  constraint contact_sync_settings_known_discoverable
    check (default_discoverable in ('everybody', 'mutual', 'nobody')),
  constraint contact_sync_settings_silent_owner_months_in_range
    check (silent_owner_months between 0 and 240),
  constraint contact_sync_settings_forgotten_number_months_in_range
    check (forgotten_number_months between 0 and 240),
  constraint contact_sync_settings_runs_kept_days_in_range
    check (runs_kept_days between 1 and 3650),
  constraint contact_sync_settings_hold_suspects_in_range
    check (hold_suspects between 1 and 100)
);

alter table contact_sync_settings enable row level security;


-- What address books look like here, from the last full syncs of up to 20,000
-- owners: how many owners those were, how large the books of all but one in a
-- hundred are, and how many of their numbers have accounts. One row, written by
-- clean_up_contact_sync(); none, or NULLs, where too few have synced to say so.
create table contact_sync_population (
  only_row         boolean     not null default true,
  owners           integer     not null,
  book_size        integer,
  matched_share    float8,
  measured_at      timestamptz not null default now(),

  constraint contact_sync_population_pkey primary key (only_row),
  constraint contact_sync_population_one_row check (only_row)
);

alter table contact_sync_population enable row level security;


-- What users have said about being found by those who have their number. Who has
-- no row has said nothing: the service's default holds for them
-- (contact_sync_settings.default_discoverable), and they block nobody.
create table contact_sync_consent (
  user_id      uuid        not null,

  -- everybody; mutual: those whose number is in the user's own book; nobody.
  -- NULL: the service's default.
  discoverable text,

  -- Are there rows of contact_sync_blocks? Only then they are asked for.
  has_blocks   boolean     not null default false,
  changed_at   timestamptz not null default now(),

  constraint contact_sync_consent_pkey primary key (user_id),
  constraint contact_sync_consent_known_discoverable
    check (discoverable in ('everybody', 'mutual', 'nobody'))
);

-- "Is there any?": only where somebody has to be known to be found, it matters
-- whom a user has in their book.
create index contact_sync_consent_mutual_idx on contact_sync_consent (user_id) where discoverable = 'mutual';

alter table contact_sync_consent enable row level security;


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


insert into contact_sync_migrations (name, run_on) values ('013_create_contacts_with_accounts', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
