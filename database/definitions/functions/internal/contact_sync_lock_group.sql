-- Locks the owners of one group for contact_sync_lock_owners(): sorted and distinct, and on
-- Citus of one shard, of whose node it then enters the fence.
create function contact_sync_lock_group(p_owner_ids uuid[])
returns void
language plpgsql volatile
set search_path from current
-- planner profile: by index and bitmap
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_number    constant text := nullif(nullif(current_setting('contact_sync.key_number', true), ''), 'any');
  v_locked    integer;
  v_strangers integer;
  v_missing   uuid[];
begin
  loop
    v_missing := array(select pg_catalog.unnest(p_owner_ids)
                       except
                       select s.owner_id
                         from contact_sync_status s
                        where s.owner_id = any (p_owner_ids)
                        order by 1);
    if pg_catalog.cardinality(v_missing) > 0 then
      insert into contact_sync_status (owner_id, key_number)
      select m.id, contact_sync_new_key_number()
        from pg_catalog.unnest(v_missing) as m (id)
       order by m.id
          on conflict (owner_id) do nothing;
    end if;

    select count(*), count(*) filter (where locked.key_number::text <> v_number)
      into v_locked, v_strangers
      from (select s.key_number
              from contact_sync_status s
             where s.owner_id = any (p_owner_ids)
             order by s.owner_id
               for update) as locked;

    -- Fewer when somebody was erased while we waited: their row is gone, and
    -- the next round makes a new one.
    exit when v_locked = coalesce(pg_catalog.cardinality(p_owner_ids), 0);
  end loop;
  if v_strangers > 0 then
    perform contact_sync_refuse_key();
  end if;
  perform contact_sync_enter_node_fence(p_owner_ids);
end
$$;
