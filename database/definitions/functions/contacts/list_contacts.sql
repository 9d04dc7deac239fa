-- An owner's contacts in key order, a page at a time: p_limit (1 to 1,000) of
-- those behind p_after_phone_key, the last key of the page before; fewer than
-- p_limit is the last page. May narrow to linked ones or favourites, each by an
-- index of its own.
-- For the owner and service_role.
create function list_contacts(
  p_owner_id        uuid,
  p_limit           integer default 100,
  p_after_phone_key uuid    default null,
  p_linked_only     boolean default false,
  p_favorites_only  boolean default false)
returns setof contact_sync_contact
language plpgsql stable
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return query select o.* from contact_sync_own_list_contacts(p_owner_id, p_limit, p_after_phone_key, p_linked_only, p_favorites_only) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_range(p_limit, 1, 1000, 'p_limit',
                                   'Ask for the rest page by page: each begins after the last contact of the one before.');
  perform contact_sync_require(p_linked_only is not null, 'p_linked_only');
  perform contact_sync_require(p_favorites_only is not null, 'p_favorites_only');

  return query
    select c.phone_key, c.linked_user_id, c.is_favorite,
           c.last_interaction, c.created_at, c.updated_at
      from contact_sync_confirmed_contacts c
     where c.owner_id = p_owner_id
       and (c.phone_key > p_after_phone_key or p_after_phone_key is null)
       and (c.has_stored_link and c.linked_user_id is not null or not p_linked_only)
       and (c.is_favorite or not p_favorites_only)
     order by c.phone_key
     limit p_limit;
end
$$;
