-- Refuses a change of the directory that does not come with the keys that it takes:
-- while the sealing key is being changed, each number has two, which run in
-- parallel; at any other time one. Whoever has passed this is known by its lock
-- until it ends (contact_sync_seal), and only under READ COMMITTED it has read what
-- is so now.
create function contact_sync_check_next_keys(p_phone_keys uuid[], p_next_phone_keys uuid[])
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform contact_sync_require_read_committed();
  end if;
  if p_next_phone_keys is not null then
    perform contact_sync_require_all(p_next_phone_keys, 'p_next_phone_keys');
    if pg_catalog.cardinality(p_next_phone_keys) <> pg_catalog.cardinality(p_phone_keys) then
      raise exception using
        errcode = 'YC001',
        message = 'INVALID_ARGUMENT: p_phone_keys and p_next_phone_keys must be equally long';
    end if;
  end if;
  if exists (select from contact_sync_seal s where s.next_key_id is not null) <> (p_next_phone_keys is not null) then
    perform contact_sync_refuse_key();
  end if;
end
$$;
