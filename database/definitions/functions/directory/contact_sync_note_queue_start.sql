-- Notes where the queue begins now, for contact_sync_queue_start(), once that
-- saves anything: it moves by a thousand entries at least, and stays a thousand
-- behind the newest, because entries come a little out of their order. Whoever
-- read from the very beginning says so. Skipped while another linker is at it.
create function contact_sync_note_queue_start(p_start bigint)
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
  v_first_entry_id bigint;
begin
  if not contact_sync_is_queue_large() then
    return;
  end if;
  v_first_entry_id := least(
    (select q.entry_id
       from contact_sync_pending_links q
      where q.entry_id > p_start
      order by q.entry_id
      limit 1),
    contact_sync_newest_entry() - 1000);

  if p_start = 0 or v_first_entry_id >= p_start + 1000 then
    perform from contact_sync_linker for update skip locked;
    if found then
      update contact_sync_linker l
         set first_entry_id = v_first_entry_id,
             walked_at = case when p_start = 0 then clock_timestamp() else l.walked_at end;
    end if;
  end if;
end
$$;
