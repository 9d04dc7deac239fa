-- What the app calls its users, where it does not call them by UUIDs
-- (contact_sync_seal.user_id_kind is 'text'; empty otherwise): of each who is named by
-- anything that is stored, written with it (contact_sync_name_users()), and taken out when
-- they are erased. The UUID is made of the text, by a secret that is not here: it can be
-- found from either only by this table, or by whoever has the sealing key.
create table contact_sync_users (
  user_id    uuid        not null,
  id_text    text        collate "C" not null, -- as the app gave it: 1 to 255 characters
  created_at timestamptz not null default now(),

  -- Since when they are erased, while messages may have to tell that links to them are
  -- gone: until none does, at most for 30 days (contact_sync_drop_erased_users()). No read
  -- knows them. NULL: they are here.
  erased_at  timestamptz,

  constraint contact_sync_users_pkey primary key (user_id),
  constraint contact_sync_users_id_text_once unique (id_text),
  constraint contact_sync_users_id_text_length check (char_length(id_text) between 1 and 255)
);

-- Few.
create index contact_sync_users_erased_at_idx on contact_sync_users (erased_at) where erased_at is not null;

alter table contact_sync_users enable row level security;
