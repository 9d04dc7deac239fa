-- One row a contact: an owner and a number in the owner's address book, with
-- or without an account. linked_user_id is a cache of the directory, kept by
-- syncs and the linker and confirmed against the directory by every read.
create table contacts_with_accounts (
  owner_id         uuid        not null,
  phone_key        uuid        not null,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  linked_user_id   uuid,
  last_interaction timestamptz,
  is_favorite      boolean     not null default false,

  -- The link came with a bulk insert. It stands only while the directory has
  -- no entry for the number.
  link_given       boolean     not null default false,

  constraint contacts_with_accounts_pkey primary key (owner_id, phone_key),
  constraint contacts_with_accounts_given_link_has_user
    check (not link_given or linked_user_id is not null)
);

alter table contacts_with_accounts enable row level security;
