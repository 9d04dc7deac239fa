-- Brings this node's own rights to what apply_contact_sync_grants() says, and its shards' to
-- their tables' (contact_sync_open_shards()): each node's own affair, of which Citus is not to
-- tell the others.
create function contact_sync_close_node()
returns void
language plpgsql volatile
set search_path from current
as $$
declare
  v_statement text;
begin
  perform set_config('citus.enable_ddl_propagation', 'off', true);
  perform apply_contact_sync_grants();
  for v_statement in select s.statement from contact_sync_open_shards() as s (statement) loop
    execute v_statement;
  end loop;
  perform set_config('citus.enable_ddl_propagation', 'on', true);
end
$$;
