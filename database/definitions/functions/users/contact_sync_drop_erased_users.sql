-- Drops the ids that were kept of erased users for messages that links to them are gone:
-- when the linker has been through what it had at the erasure, and nothing is left to be
-- told, or after 30 days. For service_role.
create function contact_sync_drop_erased_users()
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
  delete from contact_sync_users u
   where u.erased_at < now() - interval '30 days'
      or u.erased_at is not null
         and not exists (select from contact_sync_outbox o where o.user_id = u.user_id)
         and not exists (select from contact_sync_pending_links p where p.enqueued_at <= u.erased_at)
         and not exists (select
                           from contact_sync_erasures e
                          where e.user_digest = sha256(uuid_send(u.user_id))
                            and not e.is_settled);
end
$$;
