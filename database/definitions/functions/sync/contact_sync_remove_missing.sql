-- The removing half of a replace: deletes the owner's contacts that are not
-- among p_kept_keys (sorted, distinct) and returns how many those were.
--
-- Guarded: a snapshot that would take away more than half of the book is more
-- often a phone that could not read its contacts than a person who deleted
-- them, and needs p_confirm_removal. The book is what was there before the
-- snapshot: p_added of its contacts are in the table already and don't count.
-- The caller holds the owner's lock.
create function contact_sync_remove_missing(
  p_owner_id        uuid,
  p_kept_keys       uuid[],
  p_confirm_removal boolean,
  p_added           integer)
returns integer
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  v_stored_keys  uuid[];
  v_missing_keys uuid[];
  v_missing      integer;
  v_kept         integer;
begin
  v_stored_keys := array(select c.phone_key
                           from contacts_with_accounts c
                          where c.owner_id = p_owner_id
                          order by c.phone_key);
  if v_stored_keys = p_kept_keys then
    return 0;
  end if;
  v_missing_keys := array(select unnest(v_stored_keys) except select unnest(p_kept_keys) order by 1);
  v_missing := cardinality(v_missing_keys);
  v_kept := cardinality(v_stored_keys) - v_missing;
  if v_missing = 0 then
    return 0;
  end if;
  perform contact_sync_guard_removal(
    v_missing, v_missing + greatest(v_kept - p_added, 0), p_confirm_removal);

  delete from contacts_with_accounts c
   where c.owner_id = p_owner_id
     and c.phone_key = any (v_missing_keys);
  perform contact_sync_count_stored(array[p_owner_id], array[-v_missing]);
  return v_missing;
end
$$;
