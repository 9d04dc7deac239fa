-- Locks those of some owners whom nobody else has locked and whose books are yet to be moved,
-- and returns them with all phone keys that are theirs, each once, 16 bytes each:
-- contact_sync_move_books() in the same transaction is given what they become. Behind the
-- fence, since links are carried over. Waits for nobody. For service_role.
create function contact_sync_take_books(
  p_owner_ids uuid[],
  out owner_ids  uuid[],
  out phone_keys bytea)
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
  v_new    constant smallint := contact_sync_new_key_number();
  v_groups integer := 0;
  v_group  uuid[];
  v_part   uuid[];
  v_keys   uuid[] := '{}';
begin
  perform contact_sync_require_all(p_owner_ids, 'p_owner_ids');
  perform contact_sync_enter_fence();
  owner_ids := '{}';
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    v_part := array(
      select s.owner_id
        from contact_sync_status s
       where s.owner_id = any (coalesce(v_group, p_owner_ids))
         and s.key_number <> v_new
       order by s.owner_id
         for update skip locked);
    continue when pg_catalog.cardinality(v_part) = 0;
    perform contact_sync_enter_node_fence(v_part);
    v_groups := v_groups + 1;
    owner_ids := owner_ids operator(pg_catalog.||) v_part;
    -- Read when they are locked, so in a later statement.
    v_keys := v_keys operator(pg_catalog.||) array(
      select c.phone_key from contacts_with_accounts c where c.owner_id = any (v_part)
       union
      select h.phone_key from contact_sync_kept_choices h where h.owner_id = any (v_part)
       union
      select t.phone_key from contact_sync_staged_keys t where t.owner_id = any (v_part)
       union
      select r.phone_key from contact_sync_renewed_links r where r.owner_id = any (v_part));
  end loop;
  if v_groups > 1 then
    v_keys := array(select distinct pg_catalog.unnest(v_keys));
  end if;
  phone_keys := (
    select coalesce(string_agg(uuid_send(k.phone_key), ''::bytea), ''::bytea)
      from pg_catalog.unnest(v_keys) as k (phone_key));
end
$$;
