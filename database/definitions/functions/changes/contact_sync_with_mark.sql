-- An owner's marks with a new one, newest first: the last 32 are kept.
create function contact_sync_with_mark(p_marks bigint[], p_mark bigint)
returns bigint[]
language plpgsql immutable
set search_path from current
as $$
begin
  return array[p_mark] operator(pg_catalog.||) p_marks[1 : 31];
end
$$;
