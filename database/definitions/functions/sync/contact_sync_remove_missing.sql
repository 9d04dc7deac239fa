-- The removing half of a replace: deletes the owner's contacts that are not
-- among p_kept_keys (sorted, distinct) and returns how many those were.
--
-- Guarded: a snapshot that would take away more than half of the book is more
-- often a phone that could not read its contacts than a person who deleted
-- them, and needs p_confirm_removal. So does one that would take away more than
-- half of what was there before streams began to add: this one (p_stream_id),
-- and those of the owner that were not finished and that no sync has come after.
--
-- A snapshot of less than half as many numbers is refused by the counts alone,
-- whatever the size of the book. The caller holds the owner's lock.
create function contact_sync_remove_missing(
  p_owner_id        uuid,
  p_kept_keys       uuid[],
  p_confirm_removal boolean,
  p_stream_id       uuid)
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
  v_stored       integer;
  v_stored_keys  uuid[];
  v_missing_keys uuid[];
  v_added_keys   uuid[];
begin
  select s.contacts_count
    into v_stored
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  perform contact_sync_guard_removal(
    v_stored - pg_catalog.cardinality(p_kept_keys), v_stored, p_confirm_removal, pg_catalog.cardinality(p_kept_keys) > 0);

  v_stored_keys := array(select c.phone_key
                           from contacts_with_accounts c
                          where c.owner_id = p_owner_id
                          order by c.phone_key);
  if v_stored_keys operator(pg_catalog.=) p_kept_keys then
    return 0;
  end if;
  v_missing_keys := array(select pg_catalog.unnest(v_stored_keys) except select pg_catalog.unnest(p_kept_keys) order by 1);
  if pg_catalog.cardinality(v_missing_keys) = 0 then
    return 0;
  end if;

  if not p_confirm_removal then
    perform contact_sync_guard_removal(pg_catalog.cardinality(v_missing_keys), pg_catalog.cardinality(v_stored_keys), false, false);

    v_added_keys := array(select k.phone_key
                            from contact_sync_streams t
                            join contact_sync_staged_keys k on k.owner_id = t.owner_id and k.stream_id = t.stream_id
                           where t.owner_id = p_owner_id
                             and (not t.is_settled or t.stream_id = p_stream_id)
                             and k.is_new);
    if pg_catalog.cardinality(v_added_keys) > 0 then
      perform contact_sync_guard_removal(
        pg_catalog.cardinality(array(select pg_catalog.unnest(v_missing_keys) except select pg_catalog.unnest(v_added_keys))),
        pg_catalog.cardinality(array(select pg_catalog.unnest(v_stored_keys) except select pg_catalog.unnest(v_added_keys))),
        false, false);
    end if;
  end if;

  delete from contacts_with_accounts c
   where c.owner_id = p_owner_id
     and c.phone_key = any (v_missing_keys);
  perform contact_sync_count_stored(array[p_owner_id], array[-pg_catalog.cardinality(v_missing_keys)]);

  -- Another stream under way may have named some of them, and is to end with the
  -- book that it has named.
  update contact_sync_streams t
     set is_incomplete = true
   where t.owner_id = p_owner_id
     and t.stream_id is distinct from p_stream_id;
  return pg_catalog.cardinality(v_missing_keys);
end
$$;
