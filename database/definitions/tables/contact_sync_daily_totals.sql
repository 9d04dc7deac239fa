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
