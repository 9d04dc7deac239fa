-- Gives owners their next number for changes of links, which whoever writes links
-- then writes beside them; and a new random mark to know it by. Returns one row an
-- owner. With p_begins_anew, whoever follows has to begin anew: what happens
-- can't be told, or is too much to be told, contact by contact. The caller holds
-- the owners' locks.
create function contact_sync_number_links(
  p_owner_ids   uuid[],
  p_begins_anew boolean,
  out owner_id    uuid,
  out link_number bigint)
returns setof record
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
  v_mark constant bigint := contact_sync_random_mark();
begin
  return query
    update contact_sync_status as s
       set link_number = s.link_number + 2,
           link_marks = contact_sync_with_mark(s.link_marks, v_mark),
           links_begin_at = case when p_begins_anew then s.link_number + 2 else s.links_begin_at end
     where s.owner_id = any (p_owner_ids)
    returning s.owner_id, s.link_number;
end
$$;
