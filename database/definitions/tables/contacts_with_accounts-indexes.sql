-- "Who holds this number?", the linker's question. A b-tree, because a hash
-- index walks its overflow chain where one number is in everybody's book.
create index contacts_with_accounts_phone_key_idx
  on contacts_with_accounts (phone_key);

-- Given links, for erasure. Partial, so an ordinary contact costs nothing
-- here; and not on linked_user_id, so that a change of link stays a HOT update.
create index contacts_with_accounts_link_given_idx
  on contacts_with_accounts (owner_id, phone_key)
  where link_given;
