-- The directory: which user verified which number. A row is entered by
-- link_phones() and leaves by unlink_phones() or erase_user(), which also
-- enqueue the number for the linker; a row written by hand would not be.
create table phones (
  phone_key      uuid        not null,
  linked_user_id uuid        not null,
  verified_at    timestamptz not null,

  -- Nobody is to be told that they joined: contacts are linked all the same.
  is_silent      boolean     not null default false,

  constraint phones_pkey primary key (phone_key)
);

-- For "which numbers does this user have", which erasure asks.
create index phones_linked_user_id_idx on phones (linked_user_id);

-- "Is there any?", which spares most syncs the question who.
create index phones_silent_idx on phones (phone_key) where is_silent;

alter table phones enable row level security;
