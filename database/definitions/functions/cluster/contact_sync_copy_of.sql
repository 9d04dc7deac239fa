-- What a node's own copy of a reference table is called, on Citus: the same on each.
create function contact_sync_copy_of(p_table text)
returns text
language plpgsql stable
set search_path from current
as $$
begin
  return p_table || '_' || (
    select s.shardid::text
      from pg_catalog.pg_dist_shard s
     where s.logicalrelid = pg_catalog.format('%I.%I', current_schema(), p_table)::regclass);
end
$$;
