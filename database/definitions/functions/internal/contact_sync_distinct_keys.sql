-- The phone keys of a call, sorted and each once, which is how every step of a
-- sync takes them. Refuses a missing one, and more than a call may have.
create function contact_sync_distinct_keys(p_phone_keys uuid[])
returns uuid[]
language plpgsql immutable
set search_path from current
as $$
begin
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_keys));
  return array(select distinct pg_catalog.unnest(p_phone_keys) order by 1);
end
$$;
