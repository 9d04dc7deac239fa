-- Takes links off contacts that bulk inserts gave to somebody who was erased, and
-- returns how many. The two arrays run in parallel; their owners are locked.
create function contact_sync_take_given_links(
  p_owner_ids   uuid[],
  p_phone_keys  uuid[],
  p_user_digest bytea)
returns integer
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
  v_now    constant timestamptz := clock_timestamp();
  v_group  uuid[];
  v_owners uuid[] := '{}';
  v_keys   uuid[] := '{}';
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select v_owners operator(pg_catalog.||) pg_catalog.array_agg(c.owner_id),
           v_keys   operator(pg_catalog.||) pg_catalog.array_agg(c.phone_key)
      into v_owners, v_keys
      from unnest(p_owner_ids, p_phone_keys) as t (owner_id, phone_key)
      join contacts_with_accounts c on c.owner_id = t.owner_id and c.phone_key = t.phone_key
     where c.link_given
       and sha256(uuid_send(c.linked_user_id)) = p_user_digest
       and contact_sync_is_erased_link(c.linked_user_id, c.owner_id, c.phone_key)
       and (v_group is null or c.owner_id = any (v_group) and t.owner_id = any (v_group));
  end loop;
  if pg_catalog.cardinality(v_owners) = 0 then
    return 0;
  end if;

  perform contact_sync_number_links(v_owners, false);
  if contact_sync_has_outbox() then
    perform contact_sync_announce(v_owners, v_keys, pg_catalog.array_fill(null::uuid, array[pg_catalog.cardinality(v_keys)]));
  end if;
  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owners) as g (owner_ids) loop
    update contacts_with_accounts c
       set linked_user_id = null,
           link_given = false,
           link_number = s.link_number,
           updated_at = v_now
      from unnest(v_owners, v_keys) as t (owner_id, phone_key)
      join contact_sync_status s
        on s.owner_id = t.owner_id
       and (v_group is null or s.owner_id = any (v_group))
     where c.owner_id = t.owner_id
       and c.phone_key = t.phone_key
       and (v_group is null or c.owner_id = any (v_group));
  end loop;
  return pg_catalog.cardinality(v_keys);
end
$$;
