-- Writes what the app calls these users, of those who are named by something that is
-- stored and whose id is not written yet. The library asks it in the statement of each
-- call that may store something of them, for a condition: it is volatile, so PostgreSQL
-- asks it when the call is done, and it sees what the call has stored, and nothing of a
-- call that has stored nothing. So an id is there exactly with what needs it. True.
--
-- An id that is there stays locked until the transaction ends, as a foreign key would
-- have it: nobody takes it away as unused (contact_sync_drop_unused_users()) before it is
-- seen what it is used for. The two arrays run in parallel, each user once. For
-- service_role.
create function contact_sync_name_users(p_user_ids uuid[], p_id_texts text[])
returns boolean
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
  v_count   constant integer := pg_catalog.cardinality(p_user_ids);
  v_known   integer;
  v_back    integer;
  v_written integer;
  v_missing uuid[];
begin
  perform contact_sync_require(p_user_ids is not null, 'p_user_ids');
  perform contact_sync_require(p_id_texts is not null, 'p_id_texts');
  loop
    -- In one order, as all who lock several.
    select count(*)
      into v_known
      from (select u.user_id
              from contact_sync_users u
             where u.user_id = any (p_user_ids)
               and u.erased_at is null
             order by u.user_id
               for key share) as locked;
    if v_known = v_count then
      return true;
    end if;

    v_missing := contact_sync_named_users(array(
      select n.id
        from pg_catalog.unnest(p_user_ids) as n (id)
       where not exists (select from contact_sync_users u where u.user_id = n.id and u.erased_at is null)
       order by n.id));
    -- Who is back is there already. One statement for both would have to name one of the
    -- table's two unique keys, and fail on the other where two calls write a user at once.
    update contact_sync_users u
       set erased_at = null
      from pg_catalog.unnest(v_missing) as m (user_id)
     where u.user_id = m.user_id
       and u.erased_at is not null;
    get diagnostics v_back = row_count;
    insert into contact_sync_users (user_id, id_text)
    select n.user_id, n.id_text
      from unnest(p_user_ids, p_id_texts) as n (user_id, id_text)
      join pg_catalog.unnest(v_missing) as m (user_id) on m.user_id = n.user_id
     order by n.user_id
        on conflict do nothing;
    get diagnostics v_written = row_count;
    -- Fewer where somebody else wrote some of them meanwhile: those are to be locked.
    if v_back + v_written = pg_catalog.cardinality(v_missing) then
      return true;
    end if;
    if exists (select
                 from unnest(p_user_ids, p_id_texts) as n (user_id, id_text)
                 join contact_sync_users u on u.id_text = n.id_text
                where u.user_id <> n.user_id) then
      raise exception using
        errcode = 'unique_violation',
        message = 'an id is written with another UUID: this database''s ids were not made with its present secret';
    end if;
  end loop;
end
$$;
