-- The linker's part in forgetting a number: takes contacts out of books, row i of the
-- two arrays, and returns how many there were. Nothing is kept of them, and devices
-- that had one may go on from where they are: their marks stay, and a delta may take
-- away what is gone (contact_sync_apply_delta()). The owners are locked.
create function contact_sync_forget_contacts(p_owner_ids uuid[], p_phone_keys uuid[])
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
  v_group  uuid[];
  v_owners uuid[];
  v_counts integer[];
  v_linked uuid[];
  v_count  integer;
  v_total  integer := 0;
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    with removed as (
      delete from contacts_with_accounts c
       using unnest(p_owner_ids, p_phone_keys) as t (owner_id, phone_key)
       where c.owner_id = t.owner_id
         and c.phone_key between t.phone_key and t.phone_key
         and (v_group is null or c.owner_id = any (v_group))
      returning c.owner_id, c.linked_user_id is not null or c.link_number is not null as was_linked
    ), per_owner as (
      select r.owner_id, count(*)::integer as removed, bool_or(r.was_linked) as was_linked
        from removed r
       group by r.owner_id
    )
    select pg_catalog.array_agg(o.owner_id), pg_catalog.array_agg(-o.removed),
           pg_catalog.array_agg(o.owner_id) filter (where o.was_linked),
           coalesce(sum(o.removed), 0)
      into v_owners, v_counts, v_linked, v_count
      from per_owner o;
    continue when v_count = 0;

    v_total := v_total + v_count;
    delete from contact_sync_kept_choices k
     using unnest(p_owner_ids, p_phone_keys) as t (owner_id, phone_key)
     where k.owner_id = t.owner_id
       and k.phone_key = t.phone_key
       and (v_group is null or k.owner_id = any (v_group));
    perform contact_sync_count_stored(v_owners, v_counts);
    -- Who follows can't be told of what is not there, nor go on in an empty book.
    v_owners := array(select s.owner_id
                        from contact_sync_status s
                       where s.owner_id = any (v_owners)
                         and (s.contacts_count = 0 or s.owner_id = any (v_linked)));
    perform contact_sync_number_links(v_owners, true);
  end loop;
  return v_total;
end
$$;
