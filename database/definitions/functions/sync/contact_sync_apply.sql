-- What sync_phone_keys() and contact_sync_commit_session() do between their checks
-- and the run that they record: removes what a snapshot lacks, adds what is new,
-- and says what a device goes on from. p_phone_keys is sorted and distinct, and may
-- be as many as a book has. The caller holds the fence and the owner's lock.
create function contact_sync_apply(
  p_owner_id        uuid,
  p_phone_keys      uuid[],
  p_batch_size      integer,
  p_mode            text,
  p_confirm_removal boolean,
  p_budget          boolean,
  p_device_id       text,
  p_signs           jsonb)
returns contact_sync_result
language plpgsql volatile
set search_path from current
-- planner profile: by sorted keys
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  c_part     constant integer := 10000;
  v_slot     smallint;
  v_is_known boolean;
  v_is_heir  boolean := false;
  v_removed  integer := 0;
  v_all_once constant boolean := p_budget and pg_catalog.cardinality(p_phone_keys) > c_part;
  v_signs    jsonb := p_signs;
  v_new_keys uuid[];
  v_new      integer;
  v_part     contact_sync_result;
  v_result   contact_sync_result;
begin
  if p_device_id is not null then
    select u.slot, u.is_known, u.is_heir, u.contacts_removed
      into v_slot, v_is_known, v_is_heir, v_removed
      from contact_sync_use_device(p_owner_id, p_device_id, p_mode) as u;
  end if;

  -- First remove, so that a full book can be replaced by another full one. An
  -- heir removes what it has inherited, which nobody need confirm.
  if p_mode = 'replace' then
    v_removed := v_removed + contact_sync_remove_missing(
      p_owner_id, p_phone_keys, p_confirm_removal or v_is_heir, null::uuid, v_slot);
  end if;

  if v_removed > 0 then
    v_signs := contact_sync_with_removed(p_signs, v_removed);
  end if;

  -- Charged and judged all at once, so that a refusal says how many they are, and
  -- none of them is linked before it is known what all of them look like.
  if v_all_once then
    v_new_keys := array(select pg_catalog.unnest(p_phone_keys)
                        except
                        select c.phone_key from contacts_with_accounts c where c.owner_id = p_owner_id
                        order by 1);
    v_new := pg_catalog.cardinality(v_new_keys) - contact_sync_count_paid(p_owner_id, v_new_keys);
    perform contact_sync_spend_budget(p_owner_id, v_new, pg_catalog.cardinality(p_phone_keys), v_signs);
    if v_new > 0 then
      perform contact_sync_judge(
        p_owner_id, pg_catalog.cardinality(p_phone_keys), v_new,
        (select count(*)::integer
           from phones d
          where d.phone_key = any (p_phone_keys)
            and (select v.id
                   from contact_sync_visible_user(p_owner_id, nullif(d.linked_user_id, p_owner_id)) as v (id)) is not null),
        v_signs);
    end if;
  end if;

  for v_first in 1 .. greatest(1, pg_catalog.cardinality(p_phone_keys)) by c_part loop
    v_part := contact_sync_merge(
      p_owner_id, p_phone_keys[v_first : v_first + c_part - 1], p_batch_size, p_budget and not v_all_once, null::uuid,
      case when v_slot is null then 1 else 1 << v_slot::integer end::smallint, v_signs);
    if v_first = 1 then
      v_result := v_part;
    else
      v_result.total_processed := v_result.total_processed + v_part.total_processed;
      v_result.contacts_inserted := v_result.contacts_inserted + v_part.contacts_inserted;
      v_result.contacts_updated := v_result.contacts_updated + v_part.contacts_updated;
      v_result.contacts_unchanged := v_result.contacts_unchanged + v_part.contacts_unchanged;
      v_result.matched_contacts := v_result.matched_contacts + v_part.matched_contacts;
      v_result.matched_phone_hashes := v_result.matched_phone_hashes operator(pg_catalog.||) v_part.matched_phone_hashes;
      v_result.matched_user_ids := v_result.matched_user_ids operator(pg_catalog.||) v_part.matched_user_ids;
      v_result.matched_silent := v_result.matched_silent operator(pg_catalog.||) v_part.matched_silent;
    end if;
  end loop;
  if v_all_once then
    select b.budget_limit, b.budget_remaining, b.budget_reset
      into v_result.budget_limit, v_result.budget_remaining, v_result.budget_reset
      from contact_sync_spend_budget(p_owner_id, 0, pg_catalog.cardinality(p_phone_keys), p_signs) as b;
  end if;
  v_result.contacts_removed := v_removed;
  v_result.batch_size := p_batch_size;

  if p_device_id is not null then
    update contact_sync_devices d
       set last_seen_at = now()
     where d.owner_id = p_owner_id
       and d.device_id = p_device_id
    returning d.sync_mark into v_result.sync_mark;
    -- What a merge says of links is of what it was given: of the rest of the set the
    -- next delta says all.
    v_result.changes_cursor :=
      case
        when p_mode = 'merge' and v_is_known then contact_sync_cursor(0::bigint, 0::bigint, null::uuid, false)
        else contact_sync_present_cursor(p_owner_id)
      end;
  end if;
  return v_result;
end
$$;
