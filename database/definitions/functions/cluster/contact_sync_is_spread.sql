-- Whether one of our tables is spread over a Citus cluster, of which the coordinator knows.
create function contact_sync_is_spread(p_table text)
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (select
                   from pg_catalog.pg_dist_partition p
                  where p.logicalrelid = pg_catalog.format('%I.%I', current_schema(), p_table)::regclass);
end
$$;
