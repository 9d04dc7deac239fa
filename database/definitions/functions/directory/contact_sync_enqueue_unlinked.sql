-- A stretch of the directory, p_max numbers after p_after_phone_key in key order
-- (null: from the first), compared with the contacts who hold them: enqueues
-- those of which a stored link is another, and those that were forgotten and are in
-- somebody's book. last_phone_key is where the next stretch begins; null when there is
-- none.
--
-- A number that waits in the queue already is enqueued once more: the linker
-- that has it may have read the directory before.
create function contact_sync_enqueue_unlinked(
  p_after_phone_key uuid,
  p_max             integer,
  out numbers_checked integer,
  out numbers_found   integer,
  out last_phone_key  uuid)
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
  v_keys  uuid[];
  v_found uuid[];
begin
  v_keys := array(
    select d.phone_key
      from phones d
     where d.phone_key >= coalesce(p_after_phone_key, '00000000-0000-0000-0000-000000000000'::uuid)
       and d.phone_key is distinct from p_after_phone_key
     order by d.phone_key
     limit p_max);
  numbers_checked := pg_catalog.cardinality(v_keys);
  last_phone_key := case when numbers_checked = p_max then v_keys[p_max] end;

  v_found := contact_sync_numbers_to_relink(v_keys);
  insert into contact_sync_pending_links (phone_key)
  select f.phone_key
    from pg_catalog.unnest(v_found) as f (phone_key);
  numbers_found := pg_catalog.cardinality(v_found);
end
$$;
