-- A contact as it is read: the phone hash (in a sealed database the sealed one,
-- which the server opens), and the link if the directory confirms it.
create type contact_sync_contact as (
  phone_hash       text,
  linked_user_id   uuid,
  is_favorite      boolean,
  last_interaction timestamptz,
  created_at       timestamptz,
  updated_at       timestamptz
);
