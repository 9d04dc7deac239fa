-- Has the linker look at whom a change of books has made visible, or invisible: the
-- book of user i, who is found by those alone whom they have in it, got or lost a
-- number of owner i. p_gains: got. With many of one user, everybody who has a number
-- of theirs is looked at. Links that were given to them are looked at, too, of which
-- the numbers are not known; one that is just being given is enqueued by whoever gives
-- it. The caller is behind the fence and holds the users' locks.
create function contact_sync_mutual_changed(
  p_user_ids  uuid[],
  p_owner_ids uuid[],
  p_gains     boolean)
returns void
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
  c_many constant bigint := 50;
  v_user_id uuid;
begin
  insert into contact_sync_pending_links (phone_key, owner_id, is_return, fence_holders)
  select n.phone_key, n.owner_id, n.is_return, case when n.is_return then '{}'::bigint[] end
    from (select d.phone_key, t.owner_id,
                 p_gains
                 and exists (select
                               from contact_sync_pending_links q
                              where q.phone_key = d.phone_key
                                and (q.owner_id is null or t.owner_id is null or q.owner_id = t.owner_id)) as is_return
            from (select distinct p.user_id,
                         case when count(*) over (partition by p.user_id) <= c_many then p.owner_id end as owner_id
                    from unnest(p_user_ids, p_owner_ids) as p (user_id, owner_id)
                   where p.owner_id <> p.user_id) as t
            join phones d on d.linked_user_id = t.user_id) as n;

  if not p_gains then
    for v_user_id in select distinct pg_catalog.unnest(p_user_ids) loop
      perform
         from contacts_with_accounts c
        where c.link_given
          and c.linked_user_id = v_user_id
        limit 1;
      if found then
        insert into contact_sync_pending_books (person_id, are_given) values (v_user_id, true);
      end if;
    end loop;
  end if;
end
$$;
