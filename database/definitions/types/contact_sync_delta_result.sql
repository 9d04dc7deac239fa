-- What a delta did, and what changed since the one before.
create type contact_sync_delta_result as (
  result  contact_sync_result,
  changes contact_sync_changes
);
