-- Adds those of p_phone_keys that the owner has not stored, a part at a time:
-- the rest of a stream that is_incomplete. The directory is asked again, since
-- days may have passed; what it said before was reported with the chunk. The
-- caller holds the fence and the owner's lock.
create function contact_sync_add_rest(
  p_owner_id   uuid,
  p_phone_keys uuid[],
  p_batch_size integer)
returns void
language plpgsql volatile
set search_path from current
-- planner profile: by sorted keys
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  c_part constant integer := 5000;
  v_part uuid[];
begin
  for v_part in
    select pg_catalog.array_agg(r.phone_key order by r.phone_key)
      from (select n.phone_key, (row_number() over (order by n.phone_key) - 1) / c_part as part
              from (select pg_catalog.unnest(p_phone_keys)
                    except
                    select c.phone_key from contacts_with_accounts c where c.owner_id = p_owner_id)
                   as n (phone_key)) as r
     group by r.part
     order by r.part
  loop
    perform contact_sync_merge(p_owner_id, v_part, p_batch_size, false, null::uuid, 1::smallint, null::jsonb);
  end loop;
end
$$;
