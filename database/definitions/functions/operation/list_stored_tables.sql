-- Our tables, the largest first: about how many rows each has, and how many bytes with
-- its indexes. Tables below 4 MB are counted, which takes some milliseconds; of the
-- others it is the database's own estimate (contact_sync_estimate_rows()). For
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
  v_id      regclass;
  v_bytes   bigint;
begin
  for table_name, v_id, bytes, v_bytes in
    select o.name, t.id, s.bytes, s.table_bytes
      from contact_sync_objects() as o
     cross join lateral (select to_regclass(o.name) as id) as t
     cross join lateral (select sum(pg_total_relation_size(l.id))::bigint as bytes,
                                sum(pg_relation_size(l.id))::bigint as table_bytes
                           from contact_sync_leaves(t.id) as l (id)) as s
     where o.kind = 'table'
       and t.id is not null
     order by s.bytes desc nulls last, o.name
  loop
    bytes := coalesce(bytes, 0::bigint);
    if coalesce(v_bytes, 0::bigint) <= c_counted then
      execute pg_catalog.format('select count(*) from %s', v_id) into rows_estimate;
    else
      rows_estimate := contact_sync_estimate_rows(v_id);
    end if;
    return next;
  end loop;
end
$$;
