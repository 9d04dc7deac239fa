-- Deletes a session with its parts: first its row, which waits for a part that is
-- being staged, so that it goes with the others. The caller holds the owner's lock.
create function contact_sync_end_session(p_owner_id uuid, p_session_id uuid)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  delete from contact_sync_sessions e
   where e.owner_id = p_owner_id
     and e.session_id = p_session_id;
  delete from contact_sync_session_parts p
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;
end
$$;
