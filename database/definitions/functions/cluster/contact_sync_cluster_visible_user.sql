-- contact_sync_visible_user() on Citus, where it can't become a part of the statements that
-- ask it: whether a user who is mutual has the owner's number stands in the user's book,
-- which lies on another node. That is asked for them alone; nobody else's answer leaves the
-- node. Whoever asks stands in a statement about the owner's shard, which takes a setting
-- that only Citus knows (distribute_contact_sync()).
create function contact_sync_cluster_visible_user(p_owner_id uuid, p_user_id uuid)
returns setof uuid
language plpgsql stable
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_discoverable text;
  v_has_blocks   boolean;
  v_keys         uuid[];
begin
  select c.discoverable, c.has_blocks
    into v_discoverable, v_has_blocks
    from contact_sync_consent c
   where c.user_id = p_user_id;
  if v_has_blocks then
    perform from contact_sync_blocks b where b.user_id = p_user_id and b.blocked_user_id = p_owner_id;
    if found then
      return;
    end if;
  end if;
  v_discoverable := coalesce(v_discoverable, contact_sync_default_discoverable());
  if v_discoverable = 'mutual' and p_user_id is not null then
    v_keys := array(select d.phone_key from phones d where d.linked_user_id = p_owner_id);
    if pg_catalog.cardinality(v_keys) > 0 then
      perform from contacts_with_accounts m where m.owner_id = p_user_id and m.phone_key = any (v_keys);
      if found then
        v_discoverable := 'everybody';
      end if;
    end if;
  end if;
  if v_discoverable = 'everybody' then
    return next p_user_id;
  end if;
end
$$;
