-- Supabase Auth and contact-sync, first part: who is deleted in auth.users is
-- erased, also where Supabase keeps the row (a soft deletion). For sealed and unsealed databases. Run it once, as postgres, in the SQL
-- editor or as a migration of yours; contact-sync is installed in public.
--
-- The trigger only notes the user, in the transaction that deletes them: a
-- deletion is never lost, and none waits or fails because of an address book.
-- settle_auth_changes() erases, as often as it takes.

create schema if not exists private;
revoke all on schema private from public;

create table private.auth_changes (
  change_id  bigint      primary key generated always as identity,
  user_id    uuid        not null,
  phone_key  uuid,                            -- a number to be looked at again
  changed_at timestamptz not null default now(),
  attempts   integer     not null default 0,
  last_fault text                             -- the SQLSTATE: messages may quote
);
revoke all on private.auth_changes from public;

-- What a change means, by what auth.users says now: so changes may be settled in
-- any order, and twice. Of a user who is still there, the first part has nothing
-- to do; the second one replaces this function.
create function private.settle_auth_change(p_user_id uuid, p_phone_key uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if not exists (select from auth.users u where u.id = p_user_id and u.deleted_at is null) then
    perform public.erase_user(p_user_id);
  end if;
end
$$;

-- Settles what is noted, oldest first; returns how many changes are left. Each by
-- itself: one that fails is kept, and does not hold up the others.
create function private.settle_auth_changes(p_most integer default 100)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_change private.auth_changes;
begin
  for v_change in
    select c.*
      from private.auth_changes c
     where c.attempts = 0
        or c.changed_at < now() - least(c.attempts, 60) * interval '1 minute'
     order by c.attempts > 0, c.change_id
     limit p_most
       for update skip locked
  loop
    begin
      perform private.settle_auth_change(v_change.user_id, v_change.phone_key);
      delete from private.auth_changes c where c.change_id = v_change.change_id;
    exception
      when others then
        update private.auth_changes c
           set attempts = c.attempts + 1,
               last_fault = sqlstate
         where c.change_id = v_change.change_id;
    end;
  end loop;
  return (select count(*) from private.auth_changes);
end
$$;

create function private.note_deleted_user()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'DELETE' then
    insert into private.auth_changes (user_id) values (old.id);
  elsif new.deleted_at is not null then
    insert into private.auth_changes (user_id) values (new.id);
  end if;
  return null;
end
$$;

revoke all on all functions in schema private from public;

create trigger contact_sync_note_deleted_user
  after delete or update of deleted_at on auth.users
  for each row
  execute function private.note_deleted_user();

-- Every minute, with pg_cron; or call it from your back end.
do $$
begin
  if exists (select from pg_catalog.pg_extension e where e.extname = 'pg_cron') then
    perform cron.schedule('contact-sync-auth', '* * * * *', 'select private.settle_auth_changes()');
  end if;
end
$$;
