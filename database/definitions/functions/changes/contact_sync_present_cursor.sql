-- A cursor for an owner at the present: what changes from now on comes after it. Of
-- an empty book that is all that there will be: so the links that a book begins with
-- need no numbers.
create function contact_sync_present_cursor(p_owner_id uuid)
returns text
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  v_mark     bigint;
  v_number   bigint;
  v_is_empty boolean;
begin
  select s.link_marks[1], s.link_number, s.contacts_count = 0
    into v_mark, v_number, v_is_empty
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  return contact_sync_cursor(coalesce(v_mark, 0), coalesce(v_number, 0), null::uuid, coalesce(v_is_empty, true));
end
$$;
