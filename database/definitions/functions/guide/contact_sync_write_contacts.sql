-- The writing half of bulk_insert_contacts(), for one group of owners or (NULL) all:
-- finds what is new and what differs, and writes that. The items come as parallel
-- arrays, in the order of owner and key, each contact once; the caller is behind the
-- fence and holds the owners' locks. Returns the counts and, where links are announced,
-- those that change, as contact_sync_write_messages() takes them.
--
-- Each contact is looked up by itself: a call may name 10,000 owners, and
-- reading all their books, or the whole directory, would not do. The group stands in
-- every statement, because Citus sends one that names the owners of one shard to
-- that shard alone.
create function contact_sync_write_contacts(
  p_group        uuid[],
  p_owner_ids    uuid[],
  p_phone_keys   uuid[],
  p_favorites    boolean[],
  p_given_links  uuid[],
  p_interactions timestamptz[],
  p_now          timestamptz,
  p_batch_size   integer,
  out matched_contacts  integer,
  out contacts_inserted integer,
  out contacts_updated  integer,
  out told_owner_ids    uuid[],
  out told_phone_keys   uuid[],
  out old_user_ids      uuid[],
  out new_user_ids      uuid[])
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
  v_has_outbox   constant boolean := contact_sync_has_outbox();
  v_has_erasures boolean;
  v_default      constant text := contact_sync_default_discoverable();
  v_is_any_held  boolean;
  v_has_choices  boolean;
  -- links that count again since this call: no read has shown them meanwhile
  v_renewed      text[] := '{}';
  v_new          contact_sync_target[];
  v_changed      contact_sync_target[];
  -- beside them, the numbers of links that are to be told, and what the call said of favourites
  v_new_numbers     bigint[];
  v_changed_numbers bigint[];
  v_new_favorites   boolean[];
  -- owners of whom a link changes
  v_told_owners  uuid[];
  v_unheld       integer[];
  v_digests      bytea[];
  v_moments      timestamptz[];
  v_owners       uuid[];
  v_counts       integer[];
  v_keys         uuid[];
  v_users        uuid[];
begin
  -- A link to somebody who was erased and came back is told from one that was
  -- given before the erasure.
  v_has_erasures := exists (select from contact_sync_erasures e where not e.is_settled);
  if v_has_erasures then
    select pg_catalog.array_agg(e.user_digest), pg_catalog.array_agg(w.owner_id),
           pg_catalog.array_agg(w.phone_key), pg_catalog.array_agg(e.erased_at),
           coalesce(pg_catalog.array_agg(w.owner_id::text || w.phone_key::text), '{}')
      into v_digests, v_owners, v_keys, v_moments, v_renewed
      from unnest(p_owner_ids, p_phone_keys, p_given_links) as w (owner_id, phone_key, given_link)
      join contact_sync_erasures e on e.user_digest = sha256(uuid_send(w.given_link))
     where not e.is_settled
       and not exists (select
                         from contact_sync_renewed_links r
                        where r.user_digest = e.user_digest
                          and r.owner_id = w.owner_id
                          and r.phone_key = w.phone_key
                          and r.erased_at = e.erased_at);
    insert into contact_sync_renewed_links (user_digest, owner_id, phone_key, erased_at)
    select n.user_digest, n.owner_id, n.phone_key, n.erased_at
      from unnest(v_digests, v_owners, v_keys, v_moments) as n (user_digest, owner_id, phone_key, erased_at)
        on conflict do nothing;
  end if;

  v_is_any_held := exists (
    select 1 from contact_sync_status s
     where s.owner_id = any (p_owner_ids)
       and s.held_at is not null);
  v_has_choices := exists (
    select 1 from contact_sync_kept_choices k
     where p_group is null or k.owner_id = any (p_group));

  -- What each contact is to be, beside what it is.
  with compared as (
    select w.position,
           w.owner_id,
           w.phone_key,
           f.user_id as linked_user_id,
           d.phone_key is null and f.user_id is not null as link_given,
           d.phone_key is not null and d.linked_user_id is null as is_forgotten,
           coalesce(w.is_favorite, c.is_favorite, false) as is_favorite,
           w.is_favorite as given_favorite,
           coalesce(w.last_interaction, c.last_interaction) as last_interaction,
           c.owner_id is null as is_new,
           coalesce(k.is_erased, false)
             or c.link_given and v_has_erasures and (w.owner_id::text || w.phone_key::text) = any (v_renewed) as was_erased,
           c.linked_user_id as stored_user_id,
           c.link_given as stored_given,
           c.is_favorite as stored_favorite,
           c.last_interaction as stored_interaction,
           c.held_by
      from unnest(p_owner_ids, p_phone_keys, p_favorites, p_given_links, p_interactions) with ordinality
           as w (owner_id, phone_key, is_favorite, given_link, last_interaction, position)
      left join phones d on d.phone_key = w.phone_key
      left join contacts_with_accounts c
        on c.owner_id = w.owner_id
       and c.phone_key = w.phone_key
       and (p_group is null or c.owner_id = any (p_group))
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
             -- whom the owner may find, and gains where they are not held (contact_sync_link_of())
             select case
                      when g.user_id = w.owner_id then null
                      when v_is_any_held
                       and g.user_id is distinct from c.linked_user_id
                       and exists (select 1
                                     from contact_sync_status s
                                    where s.owner_id = w.owner_id
                                      and (p_group is null or s.owner_id = any (p_group))
                                      and s.held_at is not null)
                      then null
                      when v_default = 'everybody'
                       and not exists (select 1 from contact_sync_consent o where o.user_id = g.user_id)
                      then g.user_id
                      else (select v.id from contact_sync_visible_user(w.owner_id, g.user_id) as v (id))
                    end as user_id
             offset 0
           ) as f
  ), judged as (
    select t.*,
           not t.is_new
             and not t.is_forgotten
             and (   t.linked_user_id   is distinct from t.stored_user_id
                  or t.link_given       is distinct from t.stored_given
                  or t.is_favorite      is distinct from t.stored_favorite
                  or t.last_interaction is distinct from t.stored_interaction
                  or t.was_erased) as is_changed,
           not t.is_new
             and not t.is_forgotten
             and t.linked_user_id is distinct from t.stored_user_id as is_link_changed,
           l.is_told,
           not t.is_new and t.held_by & 1::smallint = 0::smallint as is_unheld,
           row(t.owner_id, t.phone_key, t.linked_user_id, t.link_given, t.is_favorite, t.last_interaction, l.is_told)
             ::contact_sync_target as target
      from compared t
     cross join lateral (
             select case
                      when not t.is_new then t.linked_user_id is distinct from t.stored_user_id or t.was_erased
                      when t.linked_user_id is null then false
                      -- A cursor of an empty book tells all that it begins with.
                      else exists (select 1
                                     from contact_sync_status s
                                    where s.owner_id = t.owner_id
                                      and (p_group is null or s.owner_id = any (p_group))
                                      and s.contacts_count > 0)
                    end as is_told
             offset 0
           ) as l
     order by t.position
  )
  select count(*) filter (where j.linked_user_id is not null),
         pg_catalog.array_agg(j.target) filter (where j.is_new and not j.is_forgotten),
         pg_catalog.array_agg(j.given_favorite) filter (where v_has_choices and j.is_new and not j.is_forgotten),
         pg_catalog.array_agg(j.target) filter (where j.is_changed),
         pg_catalog.array_agg(distinct j.owner_id) filter (where j.is_told and not j.is_forgotten),
         pg_catalog.array_agg(j.position::integer) filter (where j.is_unheld),
         pg_catalog.array_agg(j.owner_id) filter (where v_has_outbox and j.is_link_changed),
         pg_catalog.array_agg(j.phone_key) filter (where v_has_outbox and j.is_link_changed),
         pg_catalog.array_agg(j.stored_user_id) filter (where v_has_outbox and j.is_link_changed),
         pg_catalog.array_agg(j.linked_user_id) filter (where v_has_outbox and j.is_link_changed)
    into matched_contacts, v_new, v_new_favorites, v_changed, v_told_owners, v_unheld,
         told_owner_ids, told_phone_keys, old_user_ids, new_user_ids
    from judged j;

  contacts_inserted := coalesce(pg_catalog.cardinality(v_new), 0);
  contacts_updated := coalesce(pg_catalog.cardinality(v_changed), 0);

  if v_told_owners is not null then
    perform contact_sync_number_links(v_told_owners, false);
  end if;
  if contacts_inserted > 0 then
    select pg_catalog.array_agg(n.owner_id), pg_catalog.array_agg(n.added)
      into v_owners, v_counts
      from (select t.owner_id, count(*)::integer as added
              from pg_catalog.unnest(v_new) as t
             group by t.owner_id) as n;
    perform contact_sync_count_stored(v_owners, v_counts);
  end if;
  if v_told_owners is not null then
    -- their owner's present number, or one more where it is silent
    v_new_numbers := array(
      select s.link_number + (d.phone_key is not null)::integer::bigint
        from pg_catalog.unnest(v_new) with ordinality
             as t (owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction, is_told, position)
        left join contact_sync_status s
          on s.owner_id = t.owner_id
         and t.is_told
         and (p_group is null or s.owner_id = any (p_group))
        left join phones d
          on d.phone_key = t.phone_key
         and d.is_silent
       order by t.position);
    -- Nobody is gone silently: who hides would be told from who left.
    v_changed_numbers := array(
      select s.link_number + (d.phone_key is not null)::integer::bigint
        from pg_catalog.unnest(v_changed) with ordinality
             as t (owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction, is_told, position)
        left join contact_sync_status s
          on s.owner_id = t.owner_id
         and t.is_told
         and (p_group is null or s.owner_id = any (p_group))
        left join phones d
          on d.phone_key = t.phone_key
         and d.is_silent
         and t.linked_user_id is not null
       order by t.position);
  end if;

  if contacts_inserted > 0 then
    for v_first in 1 .. contacts_inserted by p_batch_size loop
      insert into contacts_with_accounts (
        owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction,
        created_at, link_number)
      select t.owner_id, t.phone_key, t.linked_user_id, t.link_given, t.is_favorite, t.last_interaction,
             p_now, t.link_number
        from unnest(v_new[v_first : v_first + p_batch_size - 1],
                    v_new_numbers[v_first : v_first + p_batch_size - 1])
             as t (owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction, is_told, link_number);
    end loop;
    -- Whoever is found by those alone whom they have in their book.
    if contact_sync_is_anybody_mutual() then
      select pg_catalog.array_agg(t.owner_id), pg_catalog.array_agg(d.linked_user_id)
        into v_owners, v_users
        from pg_catalog.unnest(v_new) as t
        join phones d on d.phone_key = t.phone_key
        left join contact_sync_consent o on o.user_id = t.owner_id
       where d.linked_user_id is not null
         and coalesce(o.discoverable, v_default) = 'mutual';
      perform contact_sync_mutual_changed(v_owners, v_users, true);
    end if;
    if v_has_choices then
      select pg_catalog.array_agg(t.owner_id), pg_catalog.array_agg(t.phone_key)
        into v_owners, v_keys
        from pg_catalog.unnest(v_new) as t;
      perform contact_sync_restore_choices(v_owners, v_keys, v_new_favorites);
    end if;
  end if;

  for v_first in 1 .. contacts_updated by p_batch_size loop
    update contacts_with_accounts c
       set linked_user_id = t.linked_user_id,
           link_given = t.link_given,
           is_favorite = t.is_favorite,
           last_interaction = t.last_interaction,
           link_number = case when t.is_told then t.link_number else c.link_number end,
           updated_at = p_now
      from unnest(v_changed[v_first : v_first + p_batch_size - 1],
                  v_changed_numbers[v_first : v_first + p_batch_size - 1])
           as t (owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction, is_told, link_number)
     where c.owner_id = t.owner_id
       and c.phone_key = t.phone_key
       and (p_group is null or c.owner_id = any (p_group));
  end loop;

  for v_first in 1 .. coalesce(pg_catalog.cardinality(v_unheld), 0) by p_batch_size loop
    update contacts_with_accounts c
       set held_by = c.held_by | 1::smallint
      from pg_catalog.unnest(v_unheld[v_first : v_first + p_batch_size - 1]) as u (position)
     where c.owner_id = p_owner_ids[u.position]
       and c.phone_key = p_phone_keys[u.position]
       and (p_group is null or c.owner_id = any (p_group));
  end loop;

  -- Whether a link that is given to them stands depends on their book, which somebody
  -- may be changing who does not see the link yet.
  if (v_new is not null or v_changed is not null) and contact_sync_is_anybody_mutual() then
    v_users := array(
      select distinct t.linked_user_id
        from pg_catalog.unnest(v_new operator(pg_catalog.||) v_changed) as t
        left join contact_sync_consent o on o.user_id = t.linked_user_id
       where t.link_given
         and coalesce(o.discoverable, v_default) = 'mutual');
    insert into contact_sync_pending_books (person_id, are_given)
    select u.id, true
      from pg_catalog.unnest(v_users) as u (id);
  end if;
end
$$;
