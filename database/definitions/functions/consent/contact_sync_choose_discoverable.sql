-- What set_discoverability() does; it returns the user's numbers in the directory,
-- which the library then has the linker see to at once: also where nothing changed,
-- since that may be the repeat of a call that was cut off in between.
create function contact_sync_choose_discoverable(p_user_id uuid, p_discoverable text)
returns uuid[]
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_default text;
  v_before  text;
  v_after   text;
  v_keys    uuid[];
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  perform contact_sync_check_discoverable(p_discoverable);
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_user_id]);

  v_keys := array(select d.phone_key from phones d where d.linked_user_id = p_user_id order by d.phone_key);
  v_default := contact_sync_default_discoverable();
  v_before := (select c.discoverable from contact_sync_consent c where c.user_id = p_user_id);
  if v_before is not distinct from p_discoverable then
    perform contact_sync_drop_new_owner(p_user_id);
    return v_keys;
  end if;
  v_before := coalesce(v_before, v_default);
  v_after := coalesce(p_discoverable, v_default);

  insert into contact_sync_consent (user_id, discoverable)
  values (p_user_id, p_discoverable)
      on conflict (user_id) do update
     set discoverable = excluded.discoverable,
         changed_at = excluded.changed_at;
  delete from contact_sync_consent c
   where c.user_id = p_user_id
     and c.discoverable is null
     and not c.has_blocks;

  -- Back to the default, it may be changing at this moment, and whoever changes it
  -- passes over those who have chosen.
  if v_before = v_after and p_discoverable is not null then
    return v_keys;
  end if;
  perform contact_sync_consent_changed(
    p_user_id, null::uuid, v_before = 'nobody' or v_after = 'everybody' or p_discoverable is null);
  return v_keys;
end
$$;
