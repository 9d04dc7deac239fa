-- What a session has staged: how many parts, all phone keys, 16 bytes each, in the
-- parts' order, and the version that this is. parts_end is where they end: the last
-- part's number and one. The rest is as it was begun. For service_role.
create function contact_sync_session_keys(
  p_owner_id   uuid,
  p_session_id uuid,
  out parts      integer,
  out parts_end  integer,
  out version    bigint,
  out phone_keys bytea,
  out device_id             text,
  out sync_mode             text,
  out device_contacts_count integer)
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_session_id is not null, 'p_session_id');
  select e.version, e.device_id, e.sync_mode, e.device_contacts_count
    into version, device_id, sync_mode, device_contacts_count
    from contact_sync_sessions e
   where e.owner_id = p_owner_id
     and e.session_id = p_session_id;
  if not found then
    perform contact_sync_session_missing();
  end if;
  select count(*), coalesce(max(p.part) + 1, 0),
         coalesce(string_agg(k.phone_keys, ''::bytea order by p.part), ''::bytea)
    into parts, parts_end, phone_keys
    from contact_sync_session_parts p
   cross join lateral (
           select string_agg(uuid_send(u.phone_key), ''::bytea order by u.place) as phone_keys
             from pg_catalog.unnest(p.phone_keys) with ordinality as u (phone_key, place)
         ) as k
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;
end
$$;
