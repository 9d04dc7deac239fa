-- The fence's own half of its lock's name: of the schema, so that two installations in
-- one database have nothing to do with each other; by its name, which is the same on
-- every node. Two schemas that meet in it would wait for each other's transactions.
create function contact_sync_fence_id()
returns integer
language plpgsql stable
set search_path from current
as $$
begin
  return pg_catalog.hashtext(current_schema()::text);
end
$$;
