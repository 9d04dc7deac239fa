-- The mark after a delta: made of the mark before and what the delta names, so
-- that the same delta makes the same mark, and another one another. The keys are
-- sorted and distinct.
create function contact_sync_mark_after(
  p_sync_mark uuid,
  p_added     uuid[],
  p_removed   uuid[])
returns uuid
language plpgsql immutable
set search_path from current
as $$
begin
  return encode(substr(sha256(
    uuid_send(p_sync_mark)
    || int4send(pg_catalog.cardinality(p_added))
    || coalesce((select string_agg(uuid_send(a.phone_key), ''::bytea order by a.phone_key)
                   from pg_catalog.unnest(p_added) as a (phone_key)), ''::bytea)
    || coalesce((select string_agg(uuid_send(r.phone_key), ''::bytea order by r.phone_key)
                   from pg_catalog.unnest(p_removed) as r (phone_key)), ''::bytea)), 1, 16), 'hex')::uuid;
end
$$;
