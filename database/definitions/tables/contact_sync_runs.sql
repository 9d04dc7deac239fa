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
