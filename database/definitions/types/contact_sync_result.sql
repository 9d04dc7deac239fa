-- What a sync or a bulk insert did. The guide's six fields come first.
-- total_processed = contacts_inserted + contacts_updated + contacts_unchanged,
-- over distinct contacts; total_processed + duplicates is what was received.
-- The two arrays run in parallel: each linked contact of the call and its user
-- (of a sync; a bulk insert leaves them empty); matched_silent says beside them
-- whose link came about without a notification. sync_mark and changes_cursor are
-- what a device goes on from; NULL for a call that named none. The budget is the owner's for new
-- numbers after the call, budget_reset the seconds until it is full; NULL where
-- the call was free of it.
create type contact_sync_result as (
  total_processed      integer,
  contacts_inserted    integer,
  contacts_updated     integer,
  matched_contacts     integer,
  processing_time_ms   integer,
  batch_size           integer,
  contacts_unchanged   integer,
  contacts_removed     integer,
  duplicates           integer,
  matched_phone_hashes text[],
  matched_user_ids     uuid[],
  budget_limit         integer,
  budget_remaining     integer,
  budget_reset         integer,
  sync_mark            uuid,
  changes_cursor       text,
  matched_silent       boolean[]
);
