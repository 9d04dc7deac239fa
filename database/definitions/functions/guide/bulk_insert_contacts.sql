-- Stores contacts of any owners from a JSON array of contact_batch_item:
-- inserts the new ones, updates those that differ, and says what it did.
--
-- Nobody's data is overwritten by silence: an absent or null field keeps what
-- is stored, and a null linked_user_id means "look the number up". A link that
-- is given stands only while the directory has no entry for the number, and only to
-- somebody whom the owner may find (set_discoverability()); a number that was
-- forgotten (forget_phone()) is not stored. Where
-- a contact comes twice, the last one wins. A malformed item refuses the whole
-- call and is named by its position, counted from 0.
--
-- Contacts are held by no device in particular, and those whose link changes get
-- their owner's next number (list_contact_changes()).
--
-- At most 10,000 items; all or nothing; a repeat writes nothing.
-- For service_role.
create function bulk_insert_contacts(
  p_contacts   jsonb,
  p_batch_size integer default 500)
returns contact_sync_result
language plpgsql volatile
set search_path from current
-- planner profile: by index and bitmap
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_now          constant timestamptz := clock_timestamp();
  v_result       contact_sync_result;
  -- the distinct items, in key order, as parallel arrays
  v_owner_ids    uuid[];
  v_phone_keys   uuid[];
  v_favorites    boolean[];
  v_given_links  uuid[];
  v_interactions timestamptz[];
  -- a group of owners, and its items
  v_group        uuid[];
  v_ids          uuid[];
  v_keys         uuid[];
  v_marks        boolean[];
  v_links        uuid[];
  v_times        timestamptz[];
  v_written      record;
  -- links that change, to be announced
  v_told_owners  uuid[] := '{}';
  v_told_keys    uuid[] := '{}';
  v_old_users    uuid[] := '{}';
  v_new_users    uuid[] := '{}';
begin
  perform contact_sync_require(p_contacts is not null, 'p_contacts');
  perform contact_sync_check_batch_size(p_batch_size);
  if jsonb_typeof(p_contacts) <> 'array' then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: p_contacts must be a JSON array, not %s', jsonb_typeof(p_contacts));
  end if;
  perform contact_sync_check_call_size(jsonb_array_length(p_contacts));

  -- Read the whole document once. The last of several items for one contact
  -- wins; a link to the owner's own account links to nobody.
  begin
    with items as (
      select i.owner_id,
             case octet_length(i.phone_hash)
               when 32 then i.phone_hash::uuid
               when 64 then case when right(i.phone_hash, 32)::uuid is not null then left(i.phone_hash, 32)::uuid end
             end as phone_key,
             i.is_favorite,
             nullif(i.linked_user_id, i.owner_id) as linked_user_id,
             i.last_interaction,
             i.position
        from rows from (pg_catalog.jsonb_populate_recordset(null::contact_batch_item, p_contacts)) with ordinality
             as i (owner_id, phone_hash, is_favorite, linked_user_id, last_interaction, position)
    ), wanted as (
      select distinct on (i.owner_id, i.phone_key) i.*
        from items i
       order by i.owner_id, i.phone_key, i.position desc
    )
    select count(*),
           pg_catalog.array_agg(w.owner_id         order by w.owner_id, w.phone_key),
           pg_catalog.array_agg(w.phone_key        order by w.owner_id, w.phone_key),
           pg_catalog.array_agg(w.is_favorite      order by w.owner_id, w.phone_key),
           pg_catalog.array_agg(w.linked_user_id   order by w.owner_id, w.phone_key),
           pg_catalog.array_agg(w.last_interaction order by w.owner_id, w.phone_key)
      into v_result.total_processed,
           v_owner_ids, v_phone_keys, v_favorites, v_given_links, v_interactions
      from wanted w;
  exception
    when data_exception then
      perform contact_sync_refuse_items(p_contacts);
      raise;
  end;
  if pg_catalog.array_position(v_owner_ids, null) is not null
     or pg_catalog.array_position(v_phone_keys, null) is not null
     or not (select coalesce(bool_and(isfinite(i.at)), true) from pg_catalog.unnest(v_interactions) as i (at)) then
    perform contact_sync_refuse_items(p_contacts);
  end if;

  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(v_owner_ids);

  v_result.matched_contacts := 0;
  v_result.contacts_inserted := 0;
  v_result.contacts_updated := 0;
  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owner_ids) as g (owner_ids) loop
    v_ids := v_owner_ids;
    v_keys := v_phone_keys;
    v_marks := v_favorites;
    v_links := v_given_links;
    v_times := v_interactions;
    if v_group is not null then
      select pg_catalog.array_agg(w.owner_id         order by w.position),
             pg_catalog.array_agg(w.phone_key        order by w.position),
             pg_catalog.array_agg(w.is_favorite      order by w.position),
             pg_catalog.array_agg(w.given_link       order by w.position),
             pg_catalog.array_agg(w.last_interaction order by w.position)
        into v_ids, v_keys, v_marks, v_links, v_times
        from unnest(v_owner_ids, v_phone_keys, v_favorites, v_given_links, v_interactions) with ordinality
             as w (owner_id, phone_key, is_favorite, given_link, last_interaction, position)
       where w.owner_id = any (v_group);
    end if;
    select w.*
      into v_written
      from contact_sync_write_contacts(
             v_group, v_ids, v_keys, v_marks, v_links, v_times, v_now, p_batch_size) as w;
    v_result.matched_contacts := v_result.matched_contacts + v_written.matched_contacts;
    v_result.contacts_inserted := v_result.contacts_inserted + v_written.contacts_inserted;
    v_result.contacts_updated := v_result.contacts_updated + v_written.contacts_updated;
    v_told_owners := v_told_owners operator(pg_catalog.||) v_written.told_owner_ids;
    v_told_keys := v_told_keys operator(pg_catalog.||) v_written.told_phone_keys;
    v_old_users := v_old_users operator(pg_catalog.||) v_written.old_user_ids;
    v_new_users := v_new_users operator(pg_catalog.||) v_written.new_user_ids;
  end loop;
  if pg_catalog.cardinality(v_told_owners) > 0 then
    perform contact_sync_write_messages(v_told_owners, v_told_keys, v_old_users, v_new_users);
  end if;

  v_result.contacts_unchanged :=
    v_result.total_processed - v_result.contacts_inserted - v_result.contacts_updated;
  v_result.contacts_removed := 0;
  v_result.duplicates := jsonb_array_length(p_contacts) - v_result.total_processed;
  v_result.batch_size := p_batch_size;
  v_result.matched_phone_hashes := '{}';
  v_result.matched_user_ids := '{}';
  v_result.matched_silent := '{}';
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_now);
  return v_result;
end
$$;
