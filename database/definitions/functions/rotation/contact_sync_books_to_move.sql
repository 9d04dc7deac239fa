-- Owners whose books are of the key before, p_max after p_after (NULL: from the first), and
-- how many contacts each has: while books are moved, of the key in force; later, of any
-- other. For service_role.
create function contact_sync_books_to_move(
  p_after uuid,
  p_max   integer,
  out owner_ids      uuid[],
  out contact_counts integer[])
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
  v_new constant smallint := contact_sync_new_key_number();
begin
  perform contact_sync_require(p_max is not null, 'p_max');
  select coalesce(pg_catalog.array_agg(b.owner_id order by b.owner_id), '{}'),
         coalesce(pg_catalog.array_agg(b.contacts_count order by b.owner_id), '{}')
    into owner_ids, contact_counts
    from (select s.owner_id, s.contacts_count
            from contact_sync_status s
           where s.owner_id >= coalesce(p_after, '00000000-0000-0000-0000-000000000000'::uuid)
             and s.owner_id is distinct from p_after
             and s.key_number <> v_new
           order by s.owner_id
           limit p_max) as b;
end
$$;
