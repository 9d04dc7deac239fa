-- One contact of an owner, or no row.
-- For the owner and service_role.
create function find_contact(p_owner_id uuid, p_phone_key uuid)
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
    return query select o.* from contact_sync_own_find_contact(p_owner_id, p_phone_key) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  return query
    select c.phone_key, c.linked_user_id, c.is_favorite,
           c.last_interaction, c.created_at, c.updated_at
      from contact_sync_confirmed_contacts c
     where c.owner_id = p_owner_id
       and c.phone_key = p_phone_key;
end
$$;
