-- Erases a user: their book, their numbers in the directory, links to them
-- that came with bulk inserts, their status, answers kept for them. Their runs
-- become a day's counts.
--
-- Links to them in other books vanish from every read at once, because the
-- directory no longer confirms them; link_pending_phones() then takes them off
-- the rows. It also does so with what bulk inserts give that are open now, and
-- in books that somebody has locked. Whoever comes back is a new user. Erasing
-- somebody unknown does nothing. For service_role.
create function erase_user(
  p_user_id uuid,
  out contacts_deleted    integer,
  out phones_unlinked     integer,
  out given_links_removed integer,
  out runs_folded         integer)
language sql volatile
set search_path from current
as $$
  select e.contacts_deleted, e.phones_unlinked, e.given_links_removed, e.runs_folded
    from contact_sync_erase_user(p_user_id) as e
$$;
