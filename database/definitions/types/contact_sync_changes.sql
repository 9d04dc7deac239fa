-- Whose link changed: the hashes (in a sealed database the keys) with the user
-- that the directory confirms now, or NULL, and whether that came about without a
-- notification; three arrays in parallel. changes_cursor is where the next call
-- goes on; has_more says that it would have something. is_reset: what was known
-- before counts for nothing, whoever is not listed from here on has no account.
create type contact_sync_changes as (
  changed_phone_hashes text[],
  changed_user_ids     uuid[],
  changed_silent       boolean[],
  changes_cursor       text,
  has_more             boolean,
  is_reset             boolean
);
