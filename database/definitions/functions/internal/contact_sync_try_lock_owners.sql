-- Locks those of the given owners whom nobody else has locked, for the rest of
-- the transaction, and returns their places in the list, counted from 1.
-- contact_sync_lock_owners() waits for the others; this one never does, so the
-- order does not matter either. What the lock protects must be read in a later
-- statement.
--
-- Whoever has contacts has a status row, unless somebody deleted it by hand;
-- then it is made anew. That can meet somebody who is about to make it too, and
-- must not wait for them: hence the time limit.
create function contact_sync_try_lock_owners(p_owner_ids uuid[])
returns integer[]
language plpgsql volatile
set search_path from current
set lock_timeout = '50ms'
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
  v_places   integer[] := '{}';
  v_part     integer[];
  v_group    uuid[];
  v_missing  uuid[];
  v_owner_id uuid;
  v_is_made  boolean := false;
begin
  for v_round in 1 .. 2 loop
    v_places := '{}';
    for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
      v_part := array(
        select o.place::integer
          from pg_catalog.unnest(p_owner_ids) with ordinality as o (id, place)
          join contact_sync_status s on s.owner_id = o.id
         where v_group is null
            or o.id = any (v_group) and s.owner_id = any (v_group)
           for update of s skip locked);
      if pg_catalog.cardinality(v_part) > 0 then
        perform contact_sync_enter_node_fence(array(
          select p_owner_ids[l.place] from pg_catalog.unnest(v_part) as l (place)));
        v_places := v_places operator(pg_catalog.||) v_part;
      end if;
    end loop;
    exit when pg_catalog.cardinality(v_places) = pg_catalog.cardinality(p_owner_ids) or v_round = 2;

    v_missing := array(
      select m.id
        from (select distinct pg_catalog.unnest(p_owner_ids)
              except
              select s.owner_id from contact_sync_status s where s.owner_id = any (p_owner_ids)) as m (id)
       limit 10);
    foreach v_owner_id in array v_missing loop
      continue when not exists (select from contacts_with_accounts c where c.owner_id = v_owner_id);
      begin
        insert into contact_sync_status (owner_id, contacts_count)
        select v_owner_id, count(*)
          from contacts_with_accounts c
         where c.owner_id = v_owner_id
            on conflict (owner_id) do nothing;
        v_is_made := true;
      exception
        when lock_not_available then
          null; -- they are at it; the linker comes back
      end;
    end loop;
    exit when not v_is_made;
  end loop;
  return array(select l.place from pg_catalog.unnest(v_places) as l (place) order by l.place);
end
$$;
