-- contact_sync_owner_groups() on Citus: the owners of each shard, by the shards' order.
create function contact_sync_cluster_owner_groups(p_owner_ids uuid[])
returns setof uuid[]
language plpgsql stable
set search_path from current
as $$
begin
  return query
    select pg_catalog.array_agg(o.id order by o.id)
      from (select distinct pg_catalog.unnest(p_owner_ids) as id) as o
     group by pg_catalog.get_shard_id_for_distribution_column('contact_sync_status'::regclass, o.id)
     order by pg_catalog.get_shard_id_for_distribution_column('contact_sync_status'::regclass, o.id);
end
$$;
