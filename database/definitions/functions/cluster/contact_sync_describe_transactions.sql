-- What the server shows of transactions, by their ids as of
-- contact_sync_running_transactions(): a row for each that it knows. On Citus, the server
-- where each runs (contact_sync_cluster_describe_transactions()).
create function contact_sync_describe_transactions(
  p_ids bigint[],
  out id               bigint,
  out pid              integer,
  out application_name text,
  out state            text,
  out state_since      timestamptz,
  out began_at         timestamptz,
  out prepared_as      text)
returns setof record
language plpgsql volatile
set search_path from current
as $$
begin
  return query
    select t.* from contact_sync_node_sessions(p_ids) as t;
end
$$;
