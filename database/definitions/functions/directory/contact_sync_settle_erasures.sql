-- The linker's part in erasures: takes links off the rows that bulk inserts gave
-- to somebody who was erased meanwhile, at most p_max_contacts, and settles the
-- erasures that nothing can come after any more (contact_sync_erasures). Waits
-- for nobody, like the pass it belongs to. Returns how many contacts it changed.
--
-- p_own is this transaction where it had written something before the pass began:
-- an erasure of its own, which nobody else has read, is looked at by it, and by a
-- later one as if for the first time (contact_sync_link_pass()).
create function contact_sync_settle_erasures(p_max_contacts integer, p_own bigint)
returns integer
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
  v_changed   integer := 0;
  v_running   bigint[];
  v_holders   bigint[];
  v_digests   bytea[];
  v_erasure   record;
  v_room      integer;
  v_owners    uuid[];
  v_keys      uuid[];
  v_locked    integer[];
  v_late      uuid[];
  v_count     integer;
  v_fence     bigint[];
  v_is_first  boolean;
  v_is_own    boolean;
  v_now       timestamptz;
begin
  if not exists (select from contact_sync_erasures e where not e.is_settled) then
    return 0;
  end if;
  v_running := contact_sync_running_transactions();
  if p_own is not null then
    v_running := v_running operator(pg_catalog.||) array[p_own, -p_own];
  end if;
  v_digests := contact_sync_take_erasures(v_running);
  for v_erasure in
    select e.* from contact_sync_erasures e where e.user_digest = any (v_digests)
  loop
    v_room := p_max_contacts - v_changed;
    exit when v_room <= 0;
    v_is_first := v_erasure.fence_holders is null or 0 > any (v_erasure.fence_holders);
    v_is_own := p_own is not null and v_is_first and v_erasure.erased_at >= now();
    continue when v_is_first and not v_is_own and not (
      select s.is_erased
        from contact_sync_shown_everywhere(null::bigint[], null::bigint[], v_erasure.user_digest, v_erasure.erased_at) as s);
    v_holders := contact_sync_fence_holders();

    select coalesce(pg_catalog.array_agg(f.owner_id), '{}'), coalesce(pg_catalog.array_agg(f.phone_key), '{}')
      into v_owners, v_keys
      from (select c.owner_id, c.phone_key
              from contacts_with_accounts c
             where c.link_given
               and sha256(uuid_send(c.linked_user_id)) = v_erasure.user_digest
               and contact_sync_is_erased_link(c.linked_user_id, c.owner_id, c.phone_key)
               and (v_erasure.late_owner_ids is null or c.owner_id = any (v_erasure.late_owner_ids))
             limit v_room + 1) as f;

    v_locked := contact_sync_try_lock_owners(v_owners[1 : v_room]);
    v_count := contact_sync_take_given_links(
      array(select v_owners[l.place] from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
      array(select v_keys[l.place]   from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
      v_erasure.user_digest);
    v_changed := v_changed + v_count;
    -- More than fit in: looked at again by the next pass.
    continue when pg_catalog.cardinality(v_owners) > v_room;

    v_late := array(select distinct v_owners[p.place]
                      from (select generate_series(1, pg_catalog.cardinality(v_owners)) as place
                            except
                            select pg_catalog.unnest(v_locked)) as p);
    v_fence := case
                 when v_erasure.late_owner_ids is not null then v_erasure.fence_holders
                 when v_is_own then array[-p_own]
                 when v_is_first then v_holders
                 else '{}'
               end;
    if pg_catalog.cardinality(v_late) = 0 and pg_catalog.cardinality(v_fence) = 0 then
      update contact_sync_erasures e
         set is_settled = true, fence_holders = null, late_owner_ids = null, late_since = null
       where e.user_digest = v_erasure.user_digest;
      delete from contact_sync_renewed_links r
       where r.user_digest = v_erasure.user_digest;
    else
      v_now := clock_timestamp();
      update contact_sync_erasures e
         set fence_holders = v_fence,
             late_owner_ids = case when pg_catalog.cardinality(v_late) > 0 then v_late end,
             late_since = case when pg_catalog.cardinality(v_late) > 0 then coalesce(e.late_since, v_now) end
       where e.user_digest = v_erasure.user_digest
         and (   e.fence_holders is distinct from v_fence
              or e.late_owner_ids is distinct from case when pg_catalog.cardinality(v_late) > 0 then v_late end);
    end if;
  end loop;
  return v_changed;
end
$$;
