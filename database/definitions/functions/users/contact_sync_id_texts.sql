-- What the app calls these users, a row each. id_text is NULL of one whose id is not
-- written: is_erased says whether that is because they were erased, a short while ago.
-- With p_with_erased those count whose id is kept for messages. For service_role.
create function contact_sync_id_texts(
  p_user_ids    uuid[],
  p_with_erased boolean,
  out user_id   uuid,
  out id_text   text,
  out is_erased boolean)
returns setof record
language plpgsql stable
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
begin
  perform contact_sync_require(p_user_ids is not null, 'p_user_ids');
  perform contact_sync_require(p_with_erased is not null, 'p_with_erased');
  return query
    select n.id, u.id_text,
           u.id_text is null
           and exists (select from contact_sync_erasures e where e.user_digest = sha256(uuid_send(n.id)))
      from pg_catalog.unnest(p_user_ids) as n (id)
      left join contact_sync_users u
        on u.user_id = n.id
       and (p_with_erased or u.erased_at is null);
end
$$;
