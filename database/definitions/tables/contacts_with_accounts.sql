-- One row a contact: an owner and a number in the owner's address book, with
-- or without an account. linked_user_id is a cache of the directory, kept by
-- syncs and the linker and confirmed against the directory by every read.
--
-- The columns that every row has come first, the ones that most rows lack after
-- them: so an ordinary row takes 80 bytes.
create table contacts_with_accounts (
  owner_id         uuid        not null,
  phone_key        uuid        not null,
  created_at       timestamptz not null default now(),

  -- Who of the owner's devices has it, a bit each (contact_sync_devices.slot).
  -- Bit 0: calls that named no device, a bulk insert, a picker.
  held_by          smallint    not null default 1,
  is_favorite      boolean     not null default false,

  -- The link came with a bulk insert. It stands only while the directory has
  -- no entry for the number.
  link_given       boolean     not null default false,

  linked_user_id   uuid,

  -- When linked_user_id last changed, by the owner's count
  -- (contact_sync_status.link_number); one more where that was silent. NULL where
  -- it is as it was when the owner's book began.
  link_number      bigint,

  -- NULL: nothing was changed since created_at.
  updated_at       timestamptz,
  last_interaction timestamptz,

  constraint contacts_with_accounts_pkey primary key (owner_id, phone_key),
  constraint contacts_with_accounts_given_link_has_user
    check (not link_given or linked_user_id is not null),
  constraint contacts_with_accounts_held
    check (held_by > 0)
);

alter table contacts_with_accounts enable row level security;
