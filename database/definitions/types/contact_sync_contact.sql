-- A contact as it is read: the phone key, which in a sealed database the server
-- decrypts to the phone hash, and the link if the directory confirms it.
create type contact_sync_contact as (
  phone_key        uuid,
  linked_user_id   uuid,
  is_favorite      boolean,
  last_interaction timestamptz,
  created_at       timestamptz,
  updated_at       timestamptz
);
