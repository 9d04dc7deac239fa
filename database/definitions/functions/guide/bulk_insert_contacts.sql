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
-- Each contact is looked up by itself: a call may name 10,000 owners, and
-- reading all their books, or the whole directory, would not do.
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
  v_has_erasures boolean;
  v_is_any_held  boolean;
  -- links that count again since this call: no read has shown them meanwhile
  v_renewed      text[] := '{}';
  v_new          contact_sync_target[];
  v_changed      contact_sync_target[];
  -- owners of whom a link changes
  v_told_owners  uuid[];
  v_unheld       integer[];
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

  -- A link to somebody who was erased and came back is told from one that was
  -- given before the erasure.
  v_has_erasures := exists (select from contact_sync_erasures e where not e.is_settled);
  if v_has_erasures then
    with renewed as (
      insert into contact_sync_renewed_links as r (user_digest, owner_id, phone_key, erased_at)
      select e.user_digest, w.owner_id, w.phone_key, e.erased_at
        from unnest(v_owner_ids, v_phone_keys, v_given_links) as w (owner_id, phone_key, given_link)
        join contact_sync_erasures e on e.user_digest = sha256(uuid_send(w.given_link))
       where not e.is_settled
          on conflict do nothing
      returning r.owner_id::text || r.phone_key::text as contact
    )
    select coalesce(pg_catalog.array_agg(r.contact), '{}')
      into v_renewed
      from renewed r;
  end if;

  v_is_any_held := exists (
    select from contact_sync_status s
     where s.owner_id = any (v_owner_ids)
       and s.held_at is not null);

  -- What each contact is to be, beside what it is.
  with compared as (
    select w.position,
           w.owner_id,
           w.phone_key,
           f.user_id as linked_user_id,
           d.phone_key is null and f.user_id is not null as link_given,
           d.phone_key is not null and d.linked_user_id is null as is_forgotten,
           coalesce(w.is_favorite, c.is_favorite, false) as is_favorite,
           coalesce(w.last_interaction, c.last_interaction) as last_interaction,
           c.owner_id is null as is_new,
           coalesce(k.is_erased, false)
             or c.link_given and v_has_erasures and (w.owner_id::text || w.phone_key::text) = any (v_renewed) as was_erased,
           c as stored
      from unnest(v_owner_ids, v_phone_keys, v_favorites, v_given_links, v_interactions) with ordinality
           as w (owner_id, phone_key, is_favorite, given_link, last_interaction, position)
      left join phones d on d.phone_key = w.phone_key
      left join contacts_with_accounts c on c.owner_id = w.owner_id and c.phone_key = w.phone_key
     cross join lateral (
             select case
                      when v_has_erasures and c.link_given
                      then contact_sync_is_erased_link(c.linked_user_id, c.owner_id, c.phone_key)
                      else false
                    end as is_erased
             offset 0
           ) as k
     cross join lateral (
             select case
                      when d.phone_key is not null then d.linked_user_id
                      else coalesce(w.given_link, case when c.link_given and not k.is_erased then c.linked_user_id end)
                    end as user_id
             offset 0
           ) as g
     cross join lateral (
             -- whom the owner may find
             select case
                      when not v_is_any_held
                      then (select v.id from contact_sync_visible_user(w.owner_id, nullif(g.user_id, w.owner_id)) as v (id))
                      else contact_sync_link_of(w.owner_id, g.user_id, c.linked_user_id)
                    end as user_id
             offset 0
           ) as f
  ), judged as (
    select t.*,
           not t.is_new
             and not t.is_forgotten
             and (   t.linked_user_id   is distinct from (t.stored).linked_user_id
                  or t.link_given       is distinct from (t.stored).link_given
                  or t.is_favorite      is distinct from (t.stored).is_favorite
                  or t.last_interaction is distinct from (t.stored).last_interaction
                  or t.was_erased) as is_changed,
           l.is_told,
           not t.is_new and (t.stored).held_by & 1::smallint = 0::smallint as is_unheld,
           row(t.owner_id, t.phone_key, t.linked_user_id, t.link_given, t.is_favorite, t.last_interaction, l.is_told)
             ::contact_sync_target as target
      from compared t
     cross join lateral (
             select case
                      when not t.is_new then t.linked_user_id is distinct from (t.stored).linked_user_id or t.was_erased
                      when t.linked_user_id is null then false
                      -- A cursor of an empty book tells all that it begins with.
                      else exists (select from contact_sync_status s where s.owner_id = t.owner_id and s.contacts_count > 0)
                    end as is_told
             offset 0
           ) as l
     order by t.position
  )
  select count(*) filter (where j.linked_user_id is not null),
         pg_catalog.array_agg(j.target) filter (where j.is_new and not j.is_forgotten),
         pg_catalog.array_agg(j.target) filter (where j.is_changed),
         pg_catalog.array_agg(distinct j.owner_id) filter (where j.is_told and not j.is_forgotten),
         pg_catalog.array_agg(j.position::integer) filter (where j.is_unheld)
    into v_result.matched_contacts, v_new, v_changed, v_told_owners, v_unheld
    from judged j;

  v_result.contacts_inserted := coalesce(pg_catalog.cardinality(v_new), 0);
  v_result.contacts_updated := coalesce(pg_catalog.cardinality(v_changed), 0);
  v_result.contacts_unchanged :=
    v_result.total_processed - v_result.contacts_inserted - v_result.contacts_updated;
  v_result.contacts_removed := 0;
  v_result.duplicates := jsonb_array_length(p_contacts) - v_result.total_processed;
  v_result.batch_size := p_batch_size;
  v_result.matched_phone_hashes := '{}';
  v_result.matched_user_ids := '{}';
  v_result.matched_silent := '{}';

  if v_told_owners is not null then
    perform contact_sync_number_links(v_told_owners, false);
  end if;

  if v_result.contacts_inserted > 0 then
    perform contact_sync_count_stored(pg_catalog.array_agg(n.owner_id), pg_catalog.array_agg(n.added))
       from (select t.owner_id, count(*)::integer as added
               from pg_catalog.unnest(v_new) as t
              group by t.owner_id) as n;

    for v_first in 1 .. v_result.contacts_inserted by p_batch_size loop
      insert into contacts_with_accounts (
        owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction,
        created_at, link_number)
      select t.owner_id, t.phone_key, t.linked_user_id, t.link_given, t.is_favorite, t.last_interaction,
             v_now,
             case when t.is_told then contact_sync_told_number(t.owner_id, t.phone_key) end
        from pg_catalog.unnest(v_new[v_first : v_first + p_batch_size - 1]) as t;
    end loop;
    -- Whoever is found by those alone whom they have in their book.
    if contact_sync_is_anybody_mutual() then
      perform contact_sync_mutual_changed(
        pg_catalog.array_agg(t.owner_id), pg_catalog.array_agg(d.linked_user_id), true)
         from pg_catalog.unnest(v_new) as t
         join phones d on d.phone_key = t.phone_key
        where d.linked_user_id is not null
          and contact_sync_is_mutual(t.owner_id);
    end if;
    if exists (select from contact_sync_kept_choices) then
      perform contact_sync_restore_choices(
        pg_catalog.array_agg(t.owner_id), pg_catalog.array_agg(t.phone_key), pg_catalog.array_agg(w.is_favorite))
         from pg_catalog.unnest(v_new) as t
         join unnest(v_owner_ids, v_phone_keys, v_favorites) as w (owner_id, phone_key, is_favorite)
           on w.owner_id = t.owner_id and w.phone_key = t.phone_key;
    end if;
  end if;

  if v_result.contacts_updated > 0 and v_told_owners is not null and contact_sync_has_outbox() then
    perform contact_sync_announce(
      pg_catalog.array_agg(t.owner_id), pg_catalog.array_agg(t.phone_key), pg_catalog.array_agg(t.linked_user_id))
       from pg_catalog.unnest(v_changed) as t;
  end if;

  for v_first in 1 .. v_result.contacts_updated by p_batch_size loop
    update contacts_with_accounts c
       set linked_user_id = t.linked_user_id,
           link_given = t.link_given,
           is_favorite = t.is_favorite,
           last_interaction = t.last_interaction,
           link_number = case
                           when t.is_told then contact_sync_told_number(t.owner_id, t.phone_key)
                           else c.link_number
                         end,
           updated_at = v_now
      from pg_catalog.unnest(v_changed[v_first : v_first + p_batch_size - 1]) as t
     where c.owner_id = t.owner_id
       and c.phone_key = t.phone_key;
  end loop;

  for v_first in 1 .. coalesce(pg_catalog.cardinality(v_unheld), 0) by p_batch_size loop
    update contacts_with_accounts c
       set held_by = c.held_by | 1::smallint
      from pg_catalog.unnest(v_unheld[v_first : v_first + p_batch_size - 1]) as u (position)
     where c.owner_id = v_owner_ids[u.position]
       and c.phone_key = v_phone_keys[u.position];
  end loop;

  -- Whether a link that is given to them stands depends on their book, which somebody
  -- may be changing who does not see the link yet.
  if (v_new is not null or v_changed is not null) and contact_sync_is_anybody_mutual() then
    insert into contact_sync_pending_books (person_id, are_given)
    select distinct t.linked_user_id, true
      from pg_catalog.unnest(v_new operator(pg_catalog.||) v_changed) as t
     where t.link_given
       and contact_sync_is_mutual(t.linked_user_id);
  end if;

  v_result.processing_time_ms := contact_sync_milliseconds_since(v_now);
  return v_result;
end
$$;
