-- Which of the given numbers are stored contacts of the owner that are linked,
-- to whom, and whether that came about without a notification, by the rule of
-- every read (contact_sync_confirmed_contacts): what a sync of these numbers would
-- report, asked without writing anything.
--
-- The directory is asked only about contacts whose stored link says something,
-- few in most books. For service_role.
create function contact_sync_find_matches(
  p_owner_id   uuid,
  p_phone_keys uuid[],
  out matched_phone_hashes text[],
  out matched_user_ids     uuid[],
  out matched_silent       boolean[])
language plpgsql stable
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
  v_linked_keys uuid[];
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_keys is not null, 'p_phone_keys');
  v_linked_keys := array(select c.phone_key
                           from contacts_with_accounts c
                          where c.owner_id = p_owner_id
                            and c.phone_key = any (p_phone_keys)
                            and c.linked_user_id is not null
                          order by c.phone_key);

  select coalesce(pg_catalog.array_agg(replace(m.phone_key::text, '-', '')), '{}'),
         coalesce(pg_catalog.array_agg(m.linked_user_id), '{}'),
         coalesce(pg_catalog.array_agg(m.is_silent), '{}')
    into matched_phone_hashes, matched_user_ids, matched_silent
    from (select c.phone_key, c.linked_user_id,
                 case
                   when c.link_number is not null then c.link_number % 2::bigint = 1::bigint
                   -- not changed since the book began
                   else exists (select from phones d where d.phone_key = c.phone_key and d.is_silent)
                 end as is_silent
            from contact_sync_confirmed_contacts c
           where c.owner_id = p_owner_id
             and c.phone_key = any (v_linked_keys)
             and c.linked_user_id is not null
           order by c.phone_key) as m;
end
$$;
