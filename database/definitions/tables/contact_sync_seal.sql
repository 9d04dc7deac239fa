-- Whether phone keys are sealed, and with which key: one row, written when the
-- database is first used. A wrong key would otherwise match nobody, silently,
-- and store every book a second time.
--
-- While `contact-sync rotate-key` goes on, it also says how far that has come
-- (contact_sync_begin_rotation()). Whoever has read this table in a transaction
-- keeps its lock until the end: by that lock a rotation knows who may not know of
-- its latest step yet (contact_sync_await_seal_readers()).
create table contact_sync_seal (
  only_row         boolean     not null default true,
  is_sealed        boolean     not null,
  key_id           text,
  check_value      text,
  recorded_at      timestamptz not null default now(),

  -- How many keys there were before this one. Books, numbers of the directory and
  -- messages say by it which key they are sealed with.
  key_number       smallint    not null default 0,

  -- The key that a rotation goes over to, which has the next number: who changes the
  -- directory writes with both. Once is_moving, books are of the one or the other
  -- (contact_sync_status.key_number), and new ones of the next.
  next_key_id      text,
  next_check_value text,
  is_moving        boolean     not null default false,

  -- The key before, while something is left that was sealed with it.
  previous_key_id  text,

  -- What the app calls its users: 'uuid', or 'text', of which UUIDs are made
  -- (contact_sync_users). NULL: nobody has said so yet. And the secret that they are made
  -- with, sealed with the key and, while a rotation goes on, with the next.
  user_id_kind        text,
  user_id_secret      bytea,
  next_user_id_secret bytea,

  constraint contact_sync_seal_pkey primary key (only_row),
  constraint contact_sync_seal_one_row check (only_row),
  constraint contact_sync_seal_sealed_has_key
    check (is_sealed = (key_id is not null and check_value is not null)),
  constraint contact_sync_seal_rotation_has_key
    check ((next_key_id is null) = (next_check_value is null) and (next_key_id is not null or not is_moving)),
  constraint contact_sync_seal_known_user_id_kind
    check (user_id_kind in ('uuid', 'text')),
  constraint contact_sync_seal_texts_have_secret
    check (user_id_kind is not distinct from 'text' and is_sealed and user_id_secret is not null
           or user_id_kind is distinct from 'text' and user_id_secret is null and next_user_id_secret is null)
);

alter table contact_sync_seal enable row level security;
