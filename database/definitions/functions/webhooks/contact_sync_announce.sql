-- Writes to the outbox what is about to happen to stored links, in the same
-- transaction: row i of the three arrays is a stored contact and the user whom it
-- is about to be linked to, NULL for nobody. To be called by whoever changes
-- links, where contact_sync_has_outbox(), with the owners locked and BEFORE the
-- rows are written: it compares with the link that is stored.
--
-- Contacts that are not stored yet are none of its business: who is found by a sync
-- did not just join.
-- For service_role.
create function contact_sync_announce(
  p_owner_ids     uuid[],
  p_phone_keys    uuid[],
  p_link_user_ids uuid[])
returns void
language plpgsql volatile
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
declare
  v_group  uuid[];
  -- what changes, row i of the four arrays
  v_owners uuid[] := '{}';
  v_keys   uuid[] := '{}';
  v_old    uuid[] := '{}';
  v_new    uuid[] := '{}';
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select v_owners operator(pg_catalog.||) coalesce(pg_catalog.array_agg(t.owner_id), '{}'),
           v_keys operator(pg_catalog.||) coalesce(pg_catalog.array_agg(t.phone_key), '{}'),
           v_old operator(pg_catalog.||) coalesce(pg_catalog.array_agg(c.linked_user_id), '{}'),
           v_new operator(pg_catalog.||) coalesce(pg_catalog.array_agg(t.link_user_id), '{}')
      into v_owners, v_keys, v_old, v_new
      from unnest(p_owner_ids, p_phone_keys, p_link_user_ids) as t (owner_id, phone_key, link_user_id)
      -- Between and not equal: or else the planner may look up each owner among
      -- all who hold the number, instead of by the primary key.
      join contacts_with_accounts c
        on c.owner_id = t.owner_id
       and c.phone_key between t.phone_key and t.phone_key
       and (v_group is null or c.owner_id = any (v_group))
     where c.linked_user_id is distinct from t.link_user_id;
  end loop;
  if pg_catalog.cardinality(v_owners) > 0 then
    perform contact_sync_write_messages(v_owners, v_keys, v_old, v_new);
  end if;
end
$$;
