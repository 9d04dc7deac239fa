-- A stretch of the linked contacts, p_max after the given one in the order of
-- owners and keys (two nulls: from the first): enqueues the numbers that the
-- directory does not know, once each since the entry p_first_entry_id. Links
-- that were given stand. last_owner_id and last_phone_key are where the next
-- stretch begins; null when there is none. What a cluster's worker enqueued has an
-- id of its own counting, beyond 2^48, that says nothing of when.
create function contact_sync_enqueue_unconfirmed(
  p_after_owner_id  uuid,
  p_after_phone_key uuid,
  p_first_entry_id  bigint,
  p_max             integer,
  out contacts_checked integer,
  out numbers_found    integer,
  out last_owner_id    uuid,
  out last_phone_key   uuid)
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
  v_owners uuid[];
  v_keys   uuid[];
  v_cached uuid[];
  v_found  uuid[];
begin
  select pg_catalog.array_agg(s.owner_id), pg_catalog.array_agg(s.phone_key),
         pg_catalog.array_agg(distinct s.phone_key) filter (where not s.link_given)
    into v_owners, v_keys, v_cached
    from (select c.owner_id, c.phone_key, c.link_given
            from contacts_with_accounts c
           where c.linked_user_id is not null
             and (c.owner_id, c.phone_key) > (coalesce(p_after_owner_id, '00000000-0000-0000-0000-000000000000'::uuid),
                                              coalesce(p_after_phone_key, '00000000-0000-0000-0000-000000000000'::uuid))
           order by c.owner_id, c.phone_key
           limit p_max) as s;
  contacts_checked := coalesce(pg_catalog.cardinality(v_keys), 0);
  if contacts_checked = p_max then
    last_owner_id := v_owners[p_max];
    last_phone_key := v_keys[p_max];
  end if;

  v_found := array(
    select u.phone_key
      from pg_catalog.unnest(v_cached) as u (phone_key)
     where not exists (select from phones d where d.phone_key = u.phone_key)
       -- by the number, of which there are few entries, and never by the entry
       and not exists (select
                         from (select q.entry_id, q.owner_id
                                 from contact_sync_pending_links q
                                where q.phone_key = u.phone_key
                               offset 0) as e
                        where e.entry_id > p_first_entry_id
                          and e.entry_id < 281474976710656
                          and e.owner_id is null));
  insert into contact_sync_pending_links (phone_key)
  select f.phone_key
    from pg_catalog.unnest(v_found) as f (phone_key);
  numbers_found := pg_catalog.cardinality(v_found);
end
$$;
