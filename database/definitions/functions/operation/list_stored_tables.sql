-- Our tables, the largest first: about how many rows each has, and how many bytes with
-- its indexes. Tables below 4 MB are counted, which takes some milliseconds; of the
-- others it is the database's own estimate (contact_sync_measure_relations()). For
-- service_role.
create function list_stored_tables(
  out table_name    text,
  out rows_estimate bigint,
  out bytes         bigint)
returns setof record
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  c_counted constant bigint := 4194304;
  v_ids     constant oid[] := array(
    select to_regclass(o.name)::oid
      from contact_sync_objects() as o
     where o.kind = 'table'
       and to_regclass(o.name) is not null);
  v_id       oid;
  v_bytes    bigint;
  v_estimate bigint;
begin
  for table_name, v_id, bytes, v_bytes, v_estimate in
    select c.relname::text, m.relation, m.total_bytes, m.bytes, m.rows_estimate
      from contact_sync_measure_relations(v_ids) as m
      join pg_catalog.pg_class c on c.oid = m.relation
     order by m.total_bytes desc, c.relname::text
  loop
    if v_bytes <= c_counted then
      execute pg_catalog.format('select count(*) from %s', v_id::regclass) into rows_estimate;
    else
      rows_estimate := v_estimate;
    end if;
    return next;
  end loop;
end
$$;
