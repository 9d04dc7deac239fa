-- Contacts that leave the book of an owner who was silent since a moment, at most p_max:
-- those who are not linked, and that nobody has added or turned to since, as a back end
-- may have for an owner who does not sync.
--
-- It goes by the stored link alone, which says whom the owner may find: who has an account
-- and does not want to be found must not show in what is kept.
create function contact_sync_expired_contacts(
  p_owner_id uuid,
  p_moment   timestamptz,
  p_max      integer)
returns uuid[]
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
  return array(
    select c.phone_key
      from contacts_with_accounts c
     where c.owner_id = p_owner_id
       and c.linked_user_id is null
       and coalesce(c.updated_at, c.created_at) < p_moment
       and (c.last_interaction is null or c.last_interaction < p_moment)
     order by c.phone_key
     limit p_max);
end
$$;
