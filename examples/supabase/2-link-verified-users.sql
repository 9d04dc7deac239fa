-- Supabase Auth and contact-sync, second part, for an unsealed database only:
-- who verifies a number in auth.users is linked, who changes or removes it is
-- unlinked. A sealed one makes its keys outside of the database: there, use
-- link-verified-user/ instead.
--
-- Nothing here makes a sign-up fail: what can't be done at once is noted and
-- settled a minute later. The links of contacts follow by link_pending_phones(),
-- which pg_cron runs (docs/sql.md).

do $$
begin
  if exists (select from public.contact_sync_seal s where s.is_sealed) then
    raise exception 'this database is sealed: SQL can''t make its keys, and would link nobody';
  end if;
end
$$;
select public.use_unsealed();

-- auth.users.phone has no +. Numbers are hashed as they stand: those of plans that
-- have an older notation beside the present one (Mexico's 52 1 …) must be written
-- in the present one, as the SDK does it.
create function private.phone_key_of(p_phone text)
returns uuid
language sql
immutable
set search_path = ''
as $$
  select case
           when p_phone ~ '^[1-9][0-9]{6,14}$'
           then left(encode(sha256(convert_to('+' || p_phone, 'UTF8')), 'hex'), 32)::uuid
         end
$$;

-- The number is the user's as long as it stands in auth.users and is confirmed.
create or replace function private.settle_auth_change(p_user_id uuid, p_phone_key uuid)
returns void
language plpgsql
security definer
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  v_user auth.users;
begin
  select u.* into v_user from auth.users u where u.id = p_user_id and u.deleted_at is null;
  if not found then
    perform public.erase_user(p_user_id);
  elsif p_phone_key = private.phone_key_of(v_user.phone) and v_user.phone_confirmed_at is not null then
    perform public.link_phone(p_phone_key, p_user_id, least(v_user.phone_confirmed_at, now()));
  elsif p_phone_key is not null then
    perform public.unlink_phone(p_phone_key, p_user_id);
  end if;
exception
  when sqlstate 'YC008' then
    null; -- somebody else has verified the number since: it is theirs
end
$$;

create function private.link_verified_user()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_key uuid;
begin
  foreach v_key in array array[
    case when tg_op <> 'INSERT' then private.phone_key_of(old.phone) end,
    -- A new number is linked when it has been confirmed, not when an
    -- administrator enters it beside the confirmation of the one before.
    case
      when tg_op = 'INSERT' then private.phone_key_of(new.phone)
      when tg_op = 'UPDATE' and new.phone_confirmed_at is distinct from old.phone_confirmed_at
      then private.phone_key_of(new.phone)
    end]
  loop
    continue when v_key is null;
    begin
      if tg_op = 'DELETE' then
        perform public.unlink_phone(v_key, old.id); -- at once; the rest is noted
      else
        perform private.settle_auth_change(new.id, v_key);
      end if;
    exception
      when others then
        insert into private.auth_changes (user_id, phone_key)
        values (case when tg_op = 'DELETE' then old.id else new.id end, v_key);
    end;
  end loop;
  return null;
exception
  when others then
    raise warning 'contact-sync could not note a change of auth.users: %', sqlstate;
    return null;
end
$$;

revoke all on all functions in schema private from public;

create trigger contact_sync_link_verified_user
  after insert or update of phone, phone_confirmed_at or delete on auth.users
  for each row
  execute function private.link_verified_user();

-- The users who were there before. All in one statement: 10,000 a call, in the
-- order of their keys.
with verified as (
  select private.phone_key_of(u.phone) as phone_key, u.id, least(u.phone_confirmed_at, now()) as verified_at
    from auth.users u
   where u.phone_confirmed_at is not null
     and u.deleted_at is null
     and private.phone_key_of(u.phone) is not null
), numbered as (
  select v.*, (row_number() over (order by v.phone_key) - 1) / 10000 as chunk
    from verified v
), chunks as (
  select array_agg(n.phone_key) as phone_keys, array_agg(n.id) as user_ids, array_agg(n.verified_at) as times
    from numbered n
   group by n.chunk
   order by n.chunk
)
select sum(l.phones_linked) as linked, sum(l.phones_unchanged) as unchanged,
       sum(cardinality(l.outdated_positions)) as outdated
  from chunks c
 cross join lateral public.link_phones(c.phone_keys, c.user_ids, c.times) as l;
