-- The number of the key that the database is sealed with: what a row that says
-- nothing else of its key is taken to be of.
create function contact_sync_key_number()
returns smallint
language plpgsql stable
set search_path from current
as $$
begin
  return coalesce((select s.key_number from contact_sync_seal s), 0::smallint);
end
$$;
