-- Takes a user who is erased out of the outbox: what was to tell of their link
-- goes, and what was set aside, and they are taken off the owners of the other
-- messages. Those that wait and tell that a link to them is gone
-- (contacts.unlinked) stay, and the erasure itself adds such: they name the user
-- until they are delivered. To be called by whoever erases, with the user locked.
-- For service_role.
--
-- Reads the outbox from end to end, which is nearly always empty.
create function contact_sync_forget_messages(p_user_id uuid)
returns void
language plpgsql volatile
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
  delete from contact_sync_outbox o
   where o.user_id = p_user_id and (o.is_link or o.due_at is null)
      or o.owner_ids operator(pg_catalog.=) array[p_user_id];
  update contact_sync_outbox o
     set owner_ids = pg_catalog.array_remove(o.owner_ids, p_user_id)
   where o.owner_ids operator(pg_catalog.@>) array[p_user_id];
end
$$;
