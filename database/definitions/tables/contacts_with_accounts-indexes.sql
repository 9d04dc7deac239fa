-- "Who holds this number?", the linker's question. A b-tree, because a hash
-- index walks its overflow chain where one number is in everybody's book.
create index contacts_with_accounts_phone_key_idx
  on contacts_with_accounts (phone_key);

-- An owner's contacts who are linked or were, and their favourites: few of a
-- large book. An ordinary contact costs nothing here.
create index contacts_with_accounts_linked_idx
  on contacts_with_accounts (owner_id, phone_key)
  where linked_user_id is not null or link_number is not null;
create index contacts_with_accounts_favorite_idx
  on contacts_with_accounts (owner_id, phone_key)
  where is_favorite;

-- "Whose link changed since?", in the order in which it is told.
create index contacts_with_accounts_link_number_idx
  on contacts_with_accounts (owner_id, link_number, phone_key)
  where link_number is not null;

-- Links that were given to somebody, for erasure and consent.
create index contacts_with_accounts_link_given_idx
  on contacts_with_accounts (linked_user_id, owner_id, phone_key)
  where link_given;
