-- About how many rows a table has, or entries an index
-- (contact_sync_measure_relation()).
create function contact_sync_estimate_rows(p_relation regclass)
returns bigint
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return (select m.rows_estimate from contact_sync_measure_relations(array[p_relation::oid]) as m);
end
$$;
