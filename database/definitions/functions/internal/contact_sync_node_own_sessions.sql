-- The sessions on this node that work for the transaction that asks: this one, and on Citus
-- those called p_origin (contact_sync_origin()), where a transaction of another node asks;
-- they are no others. NULL: it asks here.
create function contact_sync_node_own_sessions(p_origin text)
returns integer[]
language plpgsql volatile
set search_path from current
as $$
begin
  if p_origin is null then
    return array[pg_backend_pid()];
  end if;
  -- Within a transaction the list of sessions stays as it was first read.
  perform pg_stat_clear_snapshot();
  return array(select a.pid from pg_catalog.pg_stat_activity a where a.application_name = p_origin)
    operator(pg_catalog.||) pg_backend_pid();
end
$$;
