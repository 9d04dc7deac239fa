-- About how many rows a table has, or entries an index: what VACUUM and ANALYZE have
-- last found, for the pages that it has now. One that neither has seen yet is taken to
-- have 100 bytes a row.
create function contact_sync_estimate_rows(p_relation regclass)
returns bigint
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  c_row_bytes constant float8 := 100.0;
begin
  return (
    select coalesce(round(sum(
             case
               when c.relpages > 0 and c.reltuples >= 0.0::float4
               then c.reltuples::float8 / c.relpages::float8
                    * pg_relation_size(c.oid)::float8 / current_setting('block_size')::float8
               else pg_relation_size(c.oid)::float8 / c_row_bytes
             end)), 0.0::float8)::bigint
      from contact_sync_leaves(p_relation) as l (id)
      join pg_catalog.pg_class c on c.oid = l.id);
end
$$;
