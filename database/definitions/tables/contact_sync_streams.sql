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
