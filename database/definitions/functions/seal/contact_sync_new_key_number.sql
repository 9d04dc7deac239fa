-- The number of the key for a book that is only beginning: while a rotation moves
-- books, that of the next. Read where the row is made, not earlier.
create function contact_sync_new_key_number()
returns smallint
language plpgsql volatile
set search_path from current
as $$
begin
  return coalesce((select s.key_number + s.is_moving::integer from contact_sync_seal s), 0)::smallint;
end
$$;
