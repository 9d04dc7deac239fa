-- Which of these entries of the linker's queues this node's own copies show, and whether they
-- show this erasure, to everybody: what contact_sync_cluster_shown_everywhere() asks each node
-- of a Citus cluster. NULL where this transaction has written on the node, and so may be the
-- only one that sees it.
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
declare
  v_shown json;
begin
  if pg_current_xact_id_if_assigned() is not null then
    return null;
  end if;
  execute pg_catalog.format(
    'select pg_catalog.json_build_object(
              ''link_ids'', array(select q.entry_id from %1$I.%2$I q where q.entry_id = any ($1)),
              ''book_ids'', array(select b.entry_id from %1$I.%3$I b where b.entry_id = any ($2)),
              ''is_erased'', $3 is null
                             or exists (select from %1$I.%4$I e where e.user_digest = $3 and e.erased_at = $4))',
    current_schema(), contact_sync_copy_of('contact_sync_pending_links'),
    contact_sync_copy_of('contact_sync_pending_books'), contact_sync_copy_of('contact_sync_erasures'))
    into v_shown
    using p_link_ids, p_book_ids, p_user_digest, p_erased_at;
  return v_shown;
end
$$;
