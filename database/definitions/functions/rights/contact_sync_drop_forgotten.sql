-- Takes numbers that were forgotten (of p_phone_keys, or NULL: any) out of what is
-- kept beside the books: choices of owners who had removed them, and messages that
-- were to tell of a link or were set aside. Those that wait and tell that a link is gone
-- stay until they are delivered, as after an erasure. What somebody else has locked is
-- left: clean_up_contact_sync() comes back to it.
create function contact_sync_drop_forgotten(p_phone_keys uuid[])
returns void
language plpgsql volatile
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
  v_owners   uuid[];
  v_keys     uuid[];
  v_group    uuid[];
  v_messages uuid[];
begin
  select pg_catalog.array_agg(c.owner_id), pg_catalog.array_agg(c.phone_key)
    into v_owners, v_keys
    from phones d
    join contact_sync_kept_choices c on c.phone_key = d.phone_key
   where d.linked_user_id is null
     and (p_phone_keys is null or d.phone_key = any (p_phone_keys));
  if v_owners is not null then
    for v_group in select g.owner_ids from contact_sync_owner_groups(v_owners) as g (owner_ids) loop
      delete from contact_sync_kept_choices k
       using (select c.owner_id, c.phone_key
                from unnest(v_owners, v_keys) as t (owner_id, phone_key)
                join contact_sync_kept_choices c
                  on c.owner_id = t.owner_id
                 and c.phone_key = t.phone_key
                 and (v_group is null or c.owner_id = any (v_group))
                 for update of c skip locked) as f
       where k.owner_id = f.owner_id
         and k.phone_key = f.phone_key
         and (v_group is null or k.owner_id = any (v_group));
    end loop;
  end if;

  v_messages := array(
    select m.message_id
      from contact_sync_outbox m
      join phones d on d.phone_key = m.phone_key
     where d.linked_user_id is null
       and (p_phone_keys is null or d.phone_key = any (p_phone_keys))
       and (m.is_link or m.due_at is null));
  if pg_catalog.cardinality(v_messages) > 0 then
    delete from contact_sync_outbox o
     where o.message_id = any (array(
           select f.message_id
             from (select m.message_id
                     from contact_sync_outbox m
                    where m.message_id = any (v_messages)
                      and (m.is_link or m.due_at is null)
                      for update skip locked) as f));
  end if;
end
$$;
