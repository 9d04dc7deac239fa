-- Refuses a call whose phone keys are of another key than the owner's book: it was
-- moved since they were made (contact_sync_verify_key()). For those who don't hold
-- the owner's lock; contact_sync_lock_owners() asks the same.
create function contact_sync_check_book_key(p_owner_id uuid)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_number constant text := nullif(nullif(current_setting('contact_sync.key_number', true), ''), 'any');
begin
  if v_number is not null
     and exists (select
                   from contact_sync_status s
                  where s.owner_id = p_owner_id
                    and s.key_number::text <> v_number)
  then
    perform contact_sync_refuse_key();
  end if;
end
$$;
