-- Of these users, those who are named by something that is stored and that an answer, a
-- message or an export can show: owners, whoever has a number in the directory or links
-- that were given, and who has chosen, has blocked or was blocked. For service_role.
create function contact_sync_named_users(p_user_ids uuid[])
returns uuid[]
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
declare
  v_named uuid[];
  v_rest  uuid[];
begin
  v_named := array(
    select s.owner_id
      from contact_sync_status s
     where s.owner_id = any (p_user_ids));
  v_rest := array(
    select n.id from pg_catalog.unnest(p_user_ids) as n (id)
    except
    select n.id from pg_catalog.unnest(v_named) as n (id));
  v_named := v_named operator(pg_catalog.||) array(
    select n.id
      from pg_catalog.unnest(v_rest) as n (id)
     where exists (select from phones d where d.linked_user_id = n.id)
        or exists (select from contact_sync_consent o where o.user_id = n.id)
        or exists (select from contact_sync_blocks b where b.user_id = n.id)
        or exists (select from contact_sync_blocks b where b.blocked_user_id = n.id));
  v_rest := array(
    select n.id from pg_catalog.unnest(v_rest) as n (id)
    except
    select n.id from pg_catalog.unnest(v_named) as n (id));
  if pg_catalog.cardinality(v_rest) > 0 then
    v_named := v_named operator(pg_catalog.||) array(
      select distinct c.linked_user_id
        from contacts_with_accounts c
       where c.link_given
         and c.linked_user_id = any (v_rest));
  end if;
  return array(
    select n.id
      from pg_catalog.unnest(v_named) as n (id)
     order by n.id);
end
$$;
