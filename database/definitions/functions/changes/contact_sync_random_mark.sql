-- A mark by which a cursor is known to be of an owner's history, as the owner's row
-- is made with (contact_sync_status.link_marks).
create function contact_sync_random_mark()
returns bigint
language plpgsql volatile
set search_path from current
as $$
begin
  return ('x' || right(md5(gen_random_uuid()::text), 16))::bit(64)::bigint;
end
$$;
