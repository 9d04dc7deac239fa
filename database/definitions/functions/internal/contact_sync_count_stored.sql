-- Adds to the numbers of contacts that owners have stored (a negative number
-- takes away), and refuses before anything is written when one passes
-- 1,000,000, the guide's limit. The two arrays run in parallel, each owner once. The
-- caller holds the owners' locks.
--
-- A book that begins gets a number and a mark for that (contact_sync_number_links()):
-- the links that it begins with have none of their own, and a cursor that has told
-- them is not one of the book as it was before.
create function contact_sync_count_stored(p_owner_ids uuid[], p_added integer[])
returns void
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
  v_mark  constant bigint := contact_sync_random_mark();
  v_group uuid[];
  v_most  integer;
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select max(s.contacts_count + a.added)
      into v_most
      from unnest(p_owner_ids, p_added) as a (owner_id, added)
      join contact_sync_status s on s.owner_id = a.owner_id
     where v_group is null
        or s.owner_id = any (v_group);

    if v_most > 1000000 then
      raise exception using
        errcode = 'YC003',
        message = pg_catalog.format('CONTACTS_LIMIT_EXCEEDED: at most 1000000 contacts an owner, this call would make it %s', v_most),
        detail = pg_catalog.json_build_object('limit', 1000000, 'contacts_count', v_most)::text,
        hint = 'Nothing of this call was written.';
    end if;

    -- Never below 0, whatever somebody deleted by hand.
    update contact_sync_status s
       set contacts_count = greatest(s.contacts_count + a.added, 0),
           link_number = case
                           when s.contacts_count = 0 and a.added > 0 then s.link_number + 2
                           else s.link_number
                         end,
           link_marks = case
                          when s.contacts_count = 0 and a.added > 0
                          then contact_sync_with_mark(s.link_marks, v_mark)
                          else s.link_marks
                        end
      from unnest(p_owner_ids, p_added) as a (owner_id, added)
     where s.owner_id = a.owner_id
       and (v_group is null or s.owner_id = any (v_group));
  end loop;
end
$$;
