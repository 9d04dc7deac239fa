-- Which of these entries of the linker's queues this node shows, and whether it shows this
-- erasure, to everybody: what contact_sync_cluster_shown_everywhere() asks each node. NULL
-- where this transaction has written on the node, and so may be the only one that sees it.
create function contact_sync_node_shows(
  p_link_ids    bigint[],
  p_book_ids    bigint[],
  p_user_digest bytea,
  p_erased_at   timestamptz)
returns json
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
  if pg_current_xact_id_if_assigned() is not null then
    return null;
  end if;
  return pg_catalog.json_build_object(
    'link_ids', array(select q.entry_id from contact_sync_pending_links q where q.entry_id = any (p_link_ids)),
    'book_ids', array(select b.entry_id from contact_sync_pending_books b where b.entry_id = any (p_book_ids)),
    'is_erased', p_user_digest is null
              or (select count(*)
                    from contact_sync_erasures e
                   where e.user_digest = p_user_digest
                     and e.erased_at = p_erased_at) > 0);
end
$$;
