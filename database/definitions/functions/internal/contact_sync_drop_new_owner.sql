-- Takes back the status row that contact_sync_lock_owners() has made in this transaction
-- for a call that found nothing to do: of nobody known no row is left, as of somebody
-- who was erased and whose phone signs out afterwards. Whoever is known keeps theirs.
create function contact_sync_drop_new_owner(p_owner_id uuid)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  delete from contact_sync_status s
   where s.owner_id = p_owner_id
     and s.created_at = now()
     and s.contacts_count = 0
     and s.link_number = 0::bigint
     and s.first_sync_at is null;
end
$$;
