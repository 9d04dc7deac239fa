-- What a contact is to become: how a bulk insert carries its differences from
-- the comparison to the writing. A type of its own and not the table's row
-- type, so that a column somebody adds to the table is nobody's business.
create type contact_sync_target as (
  owner_id         uuid,
  phone_key        uuid,
  linked_user_id   uuid,
  link_given       boolean,
  is_favorite      boolean,
  last_interaction timestamptz,
  is_told          boolean
);
