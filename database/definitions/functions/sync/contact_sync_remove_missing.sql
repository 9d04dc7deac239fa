-- The removing half of a replace: the snapshot is p_kept_keys (sorted, distinct),
-- and what is missing from it goes. Returns how many contacts left the book. Of the
-- whole book, where p_slot is NULL, whoever holds them; of a device's set, where it
-- is the device's, those that nobody else holds, and from the others its bit.
--
-- Guarded: a snapshot that would take away more than half of the book is more
-- often a phone that could not read its contacts than a person who deleted
-- them, and needs p_confirm_removal. So does one that would take away more than
-- half of what was there before streams began to add: this one (p_stream_id),
-- and those of the owner that were not finished and that no sync has come after.
--
-- A snapshot of less than half as many numbers as the book is refused by the
-- counts alone, whatever the size of the book. The caller holds the owner's lock.
create function contact_sync_remove_missing(
  p_owner_id        uuid,
  p_kept_keys       uuid[],
  p_confirm_removal boolean,
  p_stream_id       uuid,
  p_slot            smallint)
returns integer
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
  v_bit          constant smallint := (1 << p_slot::integer)::smallint;
  v_stored       integer;
  -- of the whole book, or of the device's set
  v_stored_keys  uuid[];
  v_missing_keys uuid[];
  -- of a device's set, those that nobody else holds
  v_own_keys     uuid[];
  v_gone_keys    uuid[];
begin
  select s.contacts_count
    into v_stored
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  if p_slot is null then
    perform contact_sync_guard_removal(
      v_stored - pg_catalog.cardinality(p_kept_keys), v_stored, p_confirm_removal, pg_catalog.cardinality(p_kept_keys) > 0);
    v_stored_keys := array(select c.phone_key
                             from contacts_with_accounts c
                            where c.owner_id = p_owner_id
                            order by c.phone_key);
  else
    select coalesce(pg_catalog.array_agg(h.phone_key), '{}'),
           coalesce(pg_catalog.array_agg(h.phone_key) filter (where h.held_by = v_bit), '{}')
      into v_stored_keys, v_own_keys
      from (select c.phone_key, c.held_by
              from contacts_with_accounts c
             where c.owner_id = p_owner_id
               and c.held_by & v_bit <> 0::smallint
             order by c.phone_key) as h;
  end if;
  if v_stored_keys operator(pg_catalog.=) p_kept_keys then
    return 0;
  end if;
  v_missing_keys := array(select pg_catalog.unnest(v_stored_keys) except select pg_catalog.unnest(p_kept_keys) order by 1);
  if pg_catalog.cardinality(v_missing_keys) = 0 then
    return 0;
  end if;
  v_gone_keys :=
    case
      when p_slot is null then v_missing_keys
      else array(select pg_catalog.unnest(v_missing_keys) intersect select pg_catalog.unnest(v_own_keys) order by 1)
    end;
  perform contact_sync_guard_added(p_owner_id, v_gone_keys, v_stored, p_confirm_removal, p_stream_id);

  return
    case
      when p_slot is null then contact_sync_remove_contacts(p_owner_id, v_gone_keys, true)
      else contact_sync_release_contacts(p_owner_id, p_slot, v_missing_keys, v_gone_keys)
    end;
end
$$;
