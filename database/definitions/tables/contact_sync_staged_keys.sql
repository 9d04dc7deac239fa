-- The numbers a streamed replace has read so far. Its last transaction removes
-- what is not here; a stream that breaks off has then only added.
create table contact_sync_staged_keys (
  owner_id  uuid        not null,
  stream_id uuid        not null,
  phone_key uuid        not null,
  staged_at timestamptz not null default now(),

  -- The stream added it. Until the stream is finished, the contact is not part
  -- of the book that a replacement is measured against: or else repeating a
  -- refused one would find the book twice as large, and pass.
  is_new    boolean     not null,

  constraint contact_sync_staged_keys_pkey primary key (owner_id, stream_id, phone_key)
);

alter table contact_sync_staged_keys enable row level security;
