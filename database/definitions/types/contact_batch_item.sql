-- An item of bulk_insert_contacts(). phone_hash becomes the column phone_key.
create type contact_batch_item as (
  owner_id         uuid,
  phone_hash       text,
  is_favorite      boolean,
  linked_user_id   uuid,
  last_interaction timestamptz
);
