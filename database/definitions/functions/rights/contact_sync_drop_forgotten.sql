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
begin
  delete from contact_sync_kept_choices k
   using (select c.owner_id, c.phone_key
            from phones d
            join contact_sync_kept_choices c on c.phone_key = d.phone_key
           where d.linked_user_id is null
             and (p_phone_keys is null or d.phone_key = any (p_phone_keys))
             for update of c skip locked) as f
   where k.owner_id = f.owner_id
     and k.phone_key = f.phone_key;
  delete from contact_sync_outbox o
   using (select m.message_id
            from contact_sync_outbox m
            join phones d on d.phone_key = m.phone_key
           where d.linked_user_id is null
             and (p_phone_keys is null or d.phone_key = any (p_phone_keys))
             and (m.is_link or m.due_at is null)
             for update of m skip locked) as f
   where o.message_id = f.message_id;
end
$$;
