-- The work of set_contact_favorite() and record_contact_interaction(), which have checked
-- their arguments (contact_sync_choose_place()): what is not NULL is chosen. Under the
-- owner's lock: a bulk insert writes back what it has read. A contact who is not there is
-- refused here, and with that the owner's row that the lock may have made: on Citus it would
-- stay if the caller refused.
create function contact_sync_change_choices(
  p_owner_id         uuid,
  p_phone_key        uuid,
  p_is_favorite      boolean,
  p_last_interaction timestamptz,
  p_key_number       text)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_lock_owners(array[p_owner_id]);
  if p_is_favorite is not null then
    update contacts_with_accounts c
       set is_favorite = p_is_favorite,
           updated_at = v_now
     where c.owner_id = p_owner_id
       and c.phone_key = p_phone_key
       and c.is_favorite <> p_is_favorite;
  end if;
  if p_last_interaction is not null then
    update contacts_with_accounts c
       set last_interaction = p_last_interaction,
           updated_at = v_now
     where c.owner_id = p_owner_id
       and c.phone_key = p_phone_key
       and (c.last_interaction is null or c.last_interaction < p_last_interaction);
  end if;
  if not exists (select 1
                   from contacts_with_accounts c
                  where c.owner_id = p_owner_id
                    and c.phone_key = p_phone_key
                  limit 1)
  then
    perform contact_sync_contact_missing();
  end if;
end
$$;
