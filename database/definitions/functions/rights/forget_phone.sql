-- Forgets a number of somebody who has no account, once the app has verified that it
-- is theirs: it leaves every book by link_pending_phones(), and no sync stores it
-- again, until they join (link_phones(), by a verification that is newer) or lift it
-- (lift_forgotten_phone()). Of it remains its phone key, without a user.
--
-- True when it is newly forgotten. Forgotten again, it counts as forgotten now: a
-- verification from before does not bring it back. A number that belongs to a user is
-- an error. p_next_phone_key is the same number by the next key, as of link_phones().
-- For service_role.
create function forget_phone(
  p_phone_key      uuid,
  p_next_phone_key uuid default null)
returns boolean
language plpgsql volatile
set search_path from current
-- planner profile: by index
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_now timestamptz;
begin
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  perform contact_sync_hold_seal();
  perform contact_sync_check_next_keys(
    array[p_phone_key], case when p_next_phone_key is not null then array[p_next_phone_key] end);
  loop
    v_now := clock_timestamp();
    insert into phones (phone_key, linked_user_id, verified_at)
    values (p_phone_key, null, v_now)
        on conflict (phone_key) do nothing;
    if found then
      insert into phones (phone_key, linked_user_id, verified_at, key_number)
      select p_next_phone_key, null, d.verified_at, d.key_number + 1::smallint
        from phones d
       where d.phone_key = p_phone_key
         and p_next_phone_key is not null
          on conflict (phone_key) do nothing;
      insert into contact_sync_pending_links (phone_key)
      select k.phone_key
        from pg_catalog.unnest(array[p_phone_key, p_next_phone_key]) as k (phone_key)
       where k.phone_key is not null;
      perform contact_sync_drop_forgotten(array[p_phone_key, p_next_phone_key]);
      return true;
    end if;

    update phones d
       set verified_at = greatest(d.verified_at, v_now)
     where d.phone_key = any (array[p_phone_key, p_next_phone_key])
       and d.linked_user_id is null;
    if found then
      return false;
    end if;
    if exists (select from phones d where d.phone_key = p_phone_key) then
      raise exception using
        errcode = 'YC036',
        message = 'NUMBER_HAS_ACCOUNT: the number belongs to a user, and who has an account is not forgotten by number',
        hint = 'Nothing was changed. Take the number out of the directory first (unlink), or erase the user.';
    end if;
    -- Lifted or unlinked between the two: again.
  end loop;
end
$$;
