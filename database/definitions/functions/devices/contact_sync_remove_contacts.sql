-- Takes contacts out of an owner's book, those of p_phone_keys or (NULL) all, and
-- returns how many there were: what every removal and deletion stands on. With
-- p_keeps_choices, favourites and interactions are kept aside for a while, and
-- under a budget for new numbers that they were paid for; without, also those kept
-- before are forgotten. Devices that had one get a new
-- mark; where one was linked, or none is left, whoever follows begins anew. Where the
-- owner is found by those alone whom they have in their book, those are looked at who
-- left it. The caller holds the owner's lock.
create function contact_sync_remove_contacts(
  p_owner_id      uuid,
  p_phone_keys    uuid[],
  p_keeps_choices boolean)
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
  v_now        constant timestamptz := clock_timestamp();
  v_keys       uuid[] := p_phone_keys;
  v_removed    integer;
  v_held_by    smallint;
  v_was_linked boolean;
  v_is_empty   boolean;
  -- what is kept aside of them
  v_kept         uuid[];
  v_favorites    boolean[];
  v_interactions timestamptz[];
  v_keeps_days constant boolean := p_keeps_choices and set_choice_retention(null::integer) > 0;
  v_keeps_all  constant boolean := v_keeps_days and (select b.burst > 0 from contact_sync_new_number_budget() as b);
begin
  -- Whoever may be found may depend on it.
  perform contact_sync_enter_fence();
  if p_phone_keys is null then
    v_keys := array(select c.phone_key
                      from contacts_with_accounts c
                     where c.owner_id = p_owner_id
                     order by c.phone_key);
  end if;
  -- Whoever is in the book has none kept, but for what somebody has written by hand:
  -- gone first, so that no row need be looked for as it is entered.
  if v_keeps_days and exists (select from contact_sync_kept_choices k where k.owner_id = p_owner_id) then
    delete from contact_sync_kept_choices k
     where k.owner_id = p_owner_id
       and k.phone_key = any (v_keys);
  end if;
  -- By itself: a statement that changes two tables goes to all nodes of a cluster.
  with removed as (
    delete from contacts_with_accounts c
     where c.owner_id = p_owner_id
       and c.phone_key = any (v_keys)
    returning c.phone_key, c.held_by, c.is_favorite, c.last_interaction,
              c.linked_user_id is not null or c.link_number is not null as was_linked
  )
  select count(*), bit_or(r.held_by), coalesce(bool_or(r.was_linked), false),
         pg_catalog.array_agg(r.phone_key) filter (where v_keeps_all or v_keeps_days and (r.is_favorite or r.last_interaction is not null)),
         pg_catalog.array_agg(r.is_favorite) filter (where v_keeps_all or v_keeps_days and (r.is_favorite or r.last_interaction is not null)),
         pg_catalog.array_agg(r.last_interaction) filter (where v_keeps_all or v_keeps_days and (r.is_favorite or r.last_interaction is not null))
    into v_removed, v_held_by, v_was_linked, v_kept, v_favorites, v_interactions
    from removed r;
  if v_kept is not null then
    insert into contact_sync_kept_choices (owner_id, phone_key, removed_at, is_favorite, last_interaction)
    select p_owner_id, k.phone_key, v_now, k.is_favorite, k.last_interaction
      from unnest(v_kept, v_favorites, v_interactions) as k (phone_key, is_favorite, last_interaction);
  end if;

  if not p_keeps_choices then
    delete from contact_sync_kept_choices k
     where k.owner_id = p_owner_id
       and (p_phone_keys is null or k.phone_key = any (p_phone_keys));
  end if;
  -- A stream under way may have named some of them, and is to end with the book that
  -- it has named; not with what a person has deleted.
  if p_keeps_choices then
    update contact_sync_streams t
       set is_incomplete = true
     where t.owner_id = p_owner_id;
  end if;
  if v_removed > 0 and contact_sync_is_mutual(p_owner_id) then
    perform contact_sync_mutual_changed(
      pg_catalog.array_agg(p_owner_id), pg_catalog.array_agg(d.linked_user_id), false)
       from phones d
      where d.phone_key = any (v_keys)
        and d.linked_user_id is not null;
  end if;
  if v_removed > 0 then
    perform contact_sync_count_stored(array[p_owner_id], array[-v_removed]);
    select s.contacts_count = 0
      into v_is_empty
      from contact_sync_status s
     where s.owner_id = p_owner_id;
    if v_held_by > 1 then
      perform contact_sync_change_marks(p_owner_id, v_held_by);
    end if;
    if v_was_linked or v_is_empty then
      perform contact_sync_number_links(array[p_owner_id], true);
    end if;
  end if;
  return v_removed;
end
$$;
