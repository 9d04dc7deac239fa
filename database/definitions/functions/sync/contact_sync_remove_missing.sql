-- The removing half of a replace: deletes the owner's contacts that are not
-- among p_kept_keys (sorted, distinct) and returns how many those were.
--
-- Guarded: a snapshot that would take away more than half of the book is more
-- often a phone that could not read its contacts than a person who deleted
-- them, and needs p_confirm_removal. The book is what was there before the
-- snapshot: what a stream has added, this one or one that was not finished, is
-- neither kept nor missed. The caller holds the owner's lock.
create function contact_sync_remove_missing(
  p_owner_id        uuid,
  p_kept_keys       uuid[],
  p_confirm_removal boolean)
returns integer
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_stored_keys  uuid[];
  v_missing_keys uuid[];
  v_added_keys   uuid[];
  v_missing      integer;
  v_book         integer;
begin
  v_stored_keys := array(select c.phone_key
                           from contacts_with_accounts c
                          where c.owner_id = p_owner_id
                          order by c.phone_key);
  if v_stored_keys = p_kept_keys then
    return 0;
  end if;
  v_missing_keys := array(select unnest(v_stored_keys) except select unnest(p_kept_keys) order by 1);
  if v_missing_keys = '{}' then
    return 0;
  end if;

  v_added_keys := array(select s.phone_key
                          from contact_sync_staged_keys s
                         where s.owner_id = p_owner_id
                           and s.is_new);
  v_missing := cardinality(array(select unnest(v_missing_keys) except select unnest(v_added_keys)));
  v_book := cardinality(array(select unnest(v_stored_keys) except select unnest(v_added_keys)));
  perform contact_sync_guard_removal(v_missing, v_book, p_confirm_removal);

  delete from contacts_with_accounts c
   where c.owner_id = p_owner_id
     and c.phone_key = any (v_missing_keys);
  perform contact_sync_count_stored(array[p_owner_id], array[-cardinality(v_missing_keys)]);
  return cardinality(v_missing_keys);
end
$$;
