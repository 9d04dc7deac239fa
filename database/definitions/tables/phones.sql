-- The directory: which user verified which number. A row is entered by
-- link_phones() and leaves by unlink_phones() or erase_user(), which also
-- enqueue the number for the linker; a row written by hand would not be.
--
-- A number that was forgotten (forget_phone()) stands here without a user: it is in
-- nobody's book, and no sync stores it, until somebody verifies it or it is lifted.
create table phones (
  phone_key      uuid        not null,
  linked_user_id uuid,                 -- NULL: forgotten, by whoever has the number
  verified_at    timestamptz not null, -- or when it was forgotten

  -- Nobody is to be told that they joined: contacts are linked all the same.
  is_silent      boolean     not null default false,

  -- Which key it is sealed with (contact_sync_seal.key_number). While that is being
  -- changed, each number stands here twice; to a book of the one key, rows of the
  -- other say nothing.
  key_number     smallint    not null default contact_sync_key_number(),

  constraint phones_pkey primary key (phone_key)
);

-- For "which numbers does this user have", which erasure asks.
create index phones_linked_user_id_idx on phones (linked_user_id);

-- "Is there any?", which spares most syncs the question who.
create index phones_silent_idx on phones (phone_key) where is_silent;

-- "Is any forgotten?", which spares most syncs the question which; and their age,
-- for retention.
create index phones_forgotten_idx on phones (verified_at) where linked_user_id is null;

alter table phones enable row level security;
