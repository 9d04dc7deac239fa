-- Where the rows of a table, or the entries of an index, really are: itself, or where it
-- is partitioned the last of its parts.
create function contact_sync_leaves(p_relation regclass)
returns setof oid
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return query
    select c.oid
      from pg_catalog.pg_class c
     where c.oid = p_relation::oid
       and c.relkind not in ('p'::"char", 'I'::"char")
     union all
    select t.relid::oid
      from pg_catalog.pg_partition_tree(p_relation) as t
     where t.isleaf
       and t.relid <> p_relation;
end
$$;
