-- One contact of an owner, or no row.
-- For the owner and service_role.
create function find_contact(p_owner_id uuid, p_phone_hash text)
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
    return query select o.* from contact_sync_own_find_contact(p_owner_id, p_phone_hash) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  return query
    select replace(c.phone_key::text, '-', ''), c.linked_user_id, c.is_favorite,
           c.last_interaction, c.created_at, c.updated_at
      from contact_sync_confirmed_contacts c
     where c.owner_id = p_owner_id
       and c.phone_key = (contact_sync_parse_hashes(array[p_phone_hash]))[1];
end
$$;
