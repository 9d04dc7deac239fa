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
