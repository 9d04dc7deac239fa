-- Removes what was kept long enough (set_retention()): contacts without an account of
-- owners who are silent, and the forgetting of numbers. A portion a call, in one short
-- transaction: it looks at up to 10,000 owners, in the order of their ids from where the
-- call before has stopped, and removes up to p_max_contacts contacts of up to 200 of them.
-- has_more is false when the walk has come round; the next call begins it anew. For runs
-- and kept choices: clean_up_contact_sync().
--
-- It waits for nobody: who has an owner locked is syncing for them, and whoever else is at
-- it already does the work. Devices of such an owner get a new mark, so that who comes
-- back begins with a full sync, which brings back what is still in the address book. It
-- writes no link, so it does not pass the fence. For service_role.
create function apply_retention(
  p_max_contacts integer default 10000,
  out owners_cleared            integer,
  out contacts_removed          integer,
  out forgotten_numbers_dropped integer,
  out has_more                  boolean)
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
  c_owners_looked_at constant integer := 10000;
  c_owners_cleared   constant integer := 200;
  v_months    integer;
  v_forgotten integer;
  v_moment    timestamptz;
  v_before    uuid;
  v_place     uuid;
  v_owners    uuid[];
  v_group     uuid[];
  v_silent    uuid[] := '{}';
  v_owner_id  uuid;
  v_keys      uuid[];
  v_room      integer;
begin
  perform contact_sync_check_range(p_max_contacts, 1, 100000, 'p_max_contacts', 'Call again for what is left.');
  perform contact_sync_require_read_committed();
  owners_cleared := 0;
  contacts_removed := 0;
  forgotten_numbers_dropped := 0;
  has_more := false;
  select r.silent_owner_months, r.forgotten_number_months
    into v_months, v_forgotten
    from set_retention(null::integer, null::integer, null::integer, null::integer) as r;

  if v_forgotten > 0 then
    v_moment := now() - v_forgotten::float8 * interval '1 month';
    delete from phones d
     where d.linked_user_id is null
       and d.phone_key = any (array(
             select f.phone_key
               from (select o.phone_key
                       from phones o
                      where o.linked_user_id is null
                        and o.verified_at < v_moment
                      order by o.verified_at
                      limit p_max_contacts
                        for update skip locked) as f));
    get diagnostics forgotten_numbers_dropped = row_count;
    has_more := forgotten_numbers_dropped = p_max_contacts;
  end if;
  if v_months = 0 then
    return;
  end if;

  -- Where the walk stands: one goes it at a time.
  perform contact_sync_make_settings();
  if not contact_sync_is_only_walker() then
    return;
  end if;
  select s.retention_at_owner_id
    into v_before
    from contact_sync_settings s;

  v_moment := now() - v_months::float8 * interval '1 month';
  v_owners := array(
    select s.owner_id
      from contact_sync_status s
     where s.owner_id >= coalesce(v_before, '00000000-0000-0000-0000-000000000000'::uuid)
       and s.owner_id is distinct from v_before
     order by s.owner_id
     limit c_owners_looked_at);
  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owners) as g (owner_ids) loop
    v_silent := v_silent operator(pg_catalog.||) array(
      select s.owner_id
        from contact_sync_status s
       where s.owner_id between v_owners[1] and v_owners[pg_catalog.cardinality(v_owners)]
         and (v_group is null or s.owner_id = any (v_group))
         and s.contacts_count > 0
         and s.updated_at < v_moment
         -- as contact_sync_silent_since() and contact_sync_expired_contacts() have it
         and coalesce(s.last_sync_at, s.created_at) < v_moment
         -- each by itself, for those who come first alone
         and (select 1
                from contact_sync_devices d
               where d.owner_id = s.owner_id
                 and (v_group is null or d.owner_id = any (v_group))
                 and d.last_seen_at >= v_moment
               limit 1) is null
         and (select 1
                from contacts_with_accounts c
               where c.owner_id = s.owner_id
                 and (v_group is null or c.owner_id = any (v_group))
                 and c.linked_user_id is null
                 and coalesce(c.updated_at, c.created_at) < v_moment
                 and (c.last_interaction is null or c.last_interaction < v_moment)
               limit 1) is not null
       order by s.owner_id
       limit c_owners_cleared + 1);
  end loop;
  v_silent := array(
    select o.id
      from pg_catalog.unnest(v_silent) as o (id)
     order by o.id
     limit c_owners_cleared + 1);
  if pg_catalog.cardinality(v_owners) = c_owners_looked_at then
    v_place := v_owners[c_owners_looked_at];
    has_more := true;
  else
    v_place := null;
  end if;

  foreach v_owner_id in array v_silent loop
    v_room := p_max_contacts - contacts_removed;
    if v_room = 0 or owners_cleared = c_owners_cleared then
      -- The next portion begins with this one: behind whoever stands before.
      v_place := coalesce(v_owners[pg_catalog.array_position(v_owners, v_owner_id) - 1], v_before);
      has_more := true;
      exit;
    end if;
    continue when pg_catalog.cardinality(contact_sync_try_lock_owners(array[v_owner_id])) = 0;
    -- Asked again now that nobody else has them.
    continue when not contact_sync_silent_since(v_owner_id, v_moment);
    v_keys := contact_sync_expired_contacts(v_owner_id, v_moment, v_room);
    continue when pg_catalog.cardinality(v_keys) = 0;
    contacts_removed := contacts_removed + contact_sync_remove_contacts(v_owner_id, v_keys, false);
    owners_cleared := owners_cleared + 1;
    if pg_catalog.cardinality(v_keys) = v_room then
      -- They may have more.
      v_place := coalesce(v_owners[pg_catalog.array_position(v_owners, v_owner_id) - 1], v_before);
      has_more := true;
      exit;
    end if;
  end loop;

  update contact_sync_settings s
     set retention_at_owner_id = v_place
   where s.retention_at_owner_id is distinct from v_place;
end
$$;
