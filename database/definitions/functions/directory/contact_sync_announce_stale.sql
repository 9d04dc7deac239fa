-- Announces what the linker is about to write: for contacts that it has locked,
-- number by number, the link that the directory says and the owner may see
-- (contact_sync_link_of()), or none where the number is taken for gone; a link that
-- was given stands where the directory has no entry, unless it is to be taken.
create function contact_sync_announce_stale(
  p_owner_ids  uuid[],
  p_phone_keys uuid[],
  p_are_gone   boolean[],
  p_take_given boolean[])
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
  v_group  uuid[];
  v_owners uuid[] := '{}';
  v_keys   uuid[] := '{}';
  v_links  uuid[] := '{}';
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select v_owners operator(pg_catalog.||) pg_catalog.array_agg(t.owner_id),
           v_keys   operator(pg_catalog.||) pg_catalog.array_agg(t.phone_key),
           v_links  operator(pg_catalog.||) pg_catalog.array_agg(t.link)
      into v_owners, v_keys, v_links
      from (select c.owner_id, c.phone_key,
                   case
                     when d.phone_key is null and c.link_given then
                       case
                         when not s.takes_given and contact_sync_may_find(c.owner_id, c.linked_user_id)
                         then c.linked_user_id
                       end
                     else contact_sync_link_of(c.owner_id, d.linked_user_id, c.linked_user_id)
                   end as link
              from unnest(p_owner_ids, p_phone_keys, p_are_gone, p_take_given)
                     as s (owner_id, phone_key, is_gone, takes_given)
              join contacts_with_accounts c on c.owner_id = s.owner_id and c.phone_key = s.phone_key
              left join phones d on d.phone_key = s.phone_key and not s.is_gone
             where v_group is null
                or c.owner_id = any (v_group) and s.owner_id = any (v_group)) as t;
  end loop;
  if pg_catalog.cardinality(v_owners) > 0 then
    perform contact_sync_announce(v_owners, v_keys, v_links);
  end if;
end
$$;
