-- How many contacts an owner has, how many are linked, how many favourites:
-- the first as the status row counts them, so that no book is read for it.
-- For the owner and service_role.
create function summarize_contacts(
  p_owner_id uuid,
  out contacts_count  bigint,
  out linked_count    bigint,
  out favorites_count bigint)
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
    select o.* into contacts_count, linked_count, favorites_count
      from contact_sync_own_summarize_contacts(p_owner_id) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  select coalesce((select s.contacts_count
                     from contact_sync_status s
                    where s.owner_id = p_owner_id), 0),
         (select pg_catalog.count(c.linked_user_id)
            from contact_sync_confirmed_contacts c
           where c.owner_id = p_owner_id
             and c.has_stored_link),
         (select count(*)
            from contacts_with_accounts c
           where c.owner_id = p_owner_id
             and c.is_favorite)
    into contacts_count, linked_count, favorites_count;
end
$$;
