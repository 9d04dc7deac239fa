-- Releases an owner who is held: they gain links again, and the linker gives them
-- those that were withheld. Returns false where nobody held them. What led to it
-- does not hold them again, nor what is a little worse. For service_role.
create function release_owner(p_owner_id uuid)
returns boolean
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  -- Nobody unknown gets a row by being asked for; looked at again with the lock.
  if not exists (select from contact_sync_status s where s.owner_id = p_owner_id and s.held_at is not null) then
    return false;
  end if;
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);
  update contact_sync_status s
     set held_at = null,
         held_suspicion = null,
         released_at = v_now,
         released_suspicion = s.held_suspicion
   where s.owner_id = p_owner_id
     and s.held_at is not null;
  if not found then
    return false;
  end if;
  perform contact_sync_recheck_owners(array[p_owner_id]);
  return true;
end
$$;
