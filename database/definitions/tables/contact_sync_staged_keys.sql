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
