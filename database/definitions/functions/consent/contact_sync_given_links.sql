-- The links that were given to a user by bulk inserts, in any book, or (NULL) to anybody,
-- for contact_sync_expand_books(): read before whom each owner may find is asked, since
-- on Citus that can't be asked where the books lie.
create function contact_sync_given_links(
  p_user_id uuid,
  out phone_key      uuid,
  out owner_id       uuid,
  out linked_user_id uuid)
returns setof record
language plpgsql stable
set search_path from current
-- planner profile: by index
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
begin
  if p_user_id is null then
    return query
      select c.phone_key, c.owner_id, c.linked_user_id
        from contacts_with_accounts c
       where c.link_given;
  else
    return query
      select c.phone_key, c.owner_id, c.linked_user_id
        from contacts_with_accounts c
       where c.link_given
         and c.linked_user_id = p_user_id;
  end if;
end
$$;
