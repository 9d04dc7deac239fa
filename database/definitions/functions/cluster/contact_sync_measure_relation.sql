-- How large one table or index is that has rows of its own: about how many rows it has, or
-- entries; its bytes, and those of a table with its indexes. Rows are what VACUUM and
-- ANALYZE have last found, for the pages that it has now; one that neither has seen yet
-- is taken to have 100 bytes a row.
create function contact_sync_measure_relation(
  p_relation oid,
  out rows_estimate float8,
  out bytes         bigint,
  out total_bytes   bigint)
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  c_row_bytes constant float8 := 100.0;
begin
  bytes := pg_relation_size(p_relation::regclass);
  total_bytes := pg_total_relation_size(p_relation::regclass);
  rows_estimate := (
    select case
             when c.relpages > 0 and c.reltuples >= 0.0::float4
             then c.reltuples::float8 / c.relpages::float8
                  * bytes::float8 / current_setting('block_size')::float8
             else bytes::float8 / c_row_bytes
           end
      from pg_catalog.pg_class c
     where c.oid = p_relation);
end
$$;
