-- The work of contact_sync_session_keys(), which has checked its arguments
-- (contact_sync_choose_place()).
create function contact_sync_read_session(
  p_owner_id   uuid,
  p_session_id uuid,
  p_parts      integer,
  p_key_number text,
  out parts          integer,
  out missing_parts  integer[],
  out surplus_parts  integer[],
  out version    bigint,
  out phone_keys bytea,
  out device_id             text,
  out sync_mode             text,
  out device_contacts_count integer)
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  c_most_commits constant integer := 10;
  v_is_found     boolean;
begin
  perform contact_sync_take_key_number(p_key_number);
  update contact_sync_sessions e
     set commits_asked = e.commits_asked + 1
   where e.owner_id = p_owner_id
     and e.session_id = p_session_id
     and e.commits_asked < c_most_commits
  returning e.version, e.device_id, e.sync_mode, e.device_contacts_count
    into version, device_id, sync_mode, device_contacts_count;
  v_is_found := found;
  -- First: a rotation drops the sessions of those whom it moves.
  perform contact_sync_check_book_key(p_owner_id);
  if not v_is_found then
    perform contact_sync_session_missing();
  end if;

  select count(*),
         array(select n.part
                 from generate_series(0, p_parts - 1) as n (part)
               except
               select p.part
                 from contact_sync_session_parts p
                where p.owner_id = p_owner_id
                  and p.session_id = p_session_id
                order by 1
                limit 100),
         array(select p.part
                 from contact_sync_session_parts p
                where p.owner_id = p_owner_id
                  and p.session_id = p_session_id
                  and p.part >= p_parts
                order by 1
                limit 100)
    into parts, missing_parts, surplus_parts
    from contact_sync_session_parts p
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;
  if parts <> p_parts or pg_catalog.cardinality(missing_parts) > 0 then
    return;
  end if;

  select coalesce(string_agg(k.phone_keys, ''::bytea order by p.part), ''::bytea)
    into phone_keys
    from contact_sync_session_parts p
   cross join lateral (
           select string_agg(uuid_send(u.phone_key), ''::bytea order by u.place) as phone_keys
             from pg_catalog.unnest(p.phone_keys) with ordinality as u (phone_key, place)
         ) as k
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;
end
$$;
