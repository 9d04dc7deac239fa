-- 016_read_and_change_contacts.sql
-- What an owner reads and changes.
--
-- Composed from database/definitions (npm run compose): until it is released,
-- change it there; from then on it stays as it is.
-- To run it by hand: psql --single-transaction --file, in the order of the numbers.

set local search_path = public, pg_temp;

-- Outside of a transaction that line only warns, and what follows would be pinned to another path.
do $transaction$
begin
  if pg_catalog.right(pg_catalog.current_setting('search_path'), 7) operator(pg_catalog.<>) 'pg_temp' then
    raise exception using
      errcode = '25P01',
      message = 'this migration has to run in one transaction; nothing was changed',
      hint = 'psql --set ON_ERROR_STOP=1 --single-transaction --file FILE, or "begin" before it and "commit" behind it.';
  end if;
end
$transaction$;


-- A contact as it is read: the phone key, which in a sealed database the server
-- decrypts to the phone hash, and the link if the directory confirms it.
create type contact_sync_contact as (
  phone_key        uuid,
  linked_user_id   uuid,
  is_favorite      boolean,
  last_interaction timestamptz,
  created_at       timestamptz,
  updated_at       timestamptz
);


-- Contacts as every read shows them: the stored link only while the directory
-- confirms it and the owner may find the user (contact_sync_visible_user()), so
-- that unlinking, erasing or hiding somebody
-- takes effect at once; a given link only while the directory has no entry for the
-- number, and not to somebody who has been erased since. Where none is stored none
-- can be confirmed: has_stored_link finds the others by their index. A number that
-- was forgotten (forget_phone()) is in no book.
create view contact_sync_confirmed_contacts
with (security_invoker = true)
as
  select c.owner_id,
         c.phone_key,
         case
           when c.linked_user_id is null then null
           when (select v.id from contact_sync_visible_user(c.owner_id, c.linked_user_id) as v (id)) is null then null
           when d.phone_key is null then
             case
               when c.link_given
                and not exists (select
                                  from contact_sync_erasures e
                                 where e.user_digest = sha256(uuid_send(c.linked_user_id))
                                   and not e.is_settled
                                   and not exists (select
                                                     from contact_sync_renewed_links r
                                                    where r.user_digest = e.user_digest
                                                      and r.owner_id = c.owner_id
                                                      and r.phone_key = c.phone_key
                                                      and r.erased_at = e.erased_at))
               then c.linked_user_id
             end
           when d.linked_user_id = c.linked_user_id then c.linked_user_id
         end as linked_user_id,
         c.is_favorite,
         c.last_interaction,
         c.created_at,
         coalesce(c.updated_at, c.created_at) as updated_at,
         c.linked_user_id is not null as has_stored_link,
         c.link_number
    from contacts_with_accounts c
    left join phones d on d.phone_key = c.phone_key
   where d.phone_key is null
      or d.linked_user_id is not null;


-- Refuses a contact that the owner does not have.
create function contact_sync_contact_missing()
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  raise exception using
    errcode = 'YC012',
    message = 'CONTACT_NOT_FOUND: the owner has no such contact',
    hint = 'Sync or insert the contact first.';
end
$$;


-- An owner's contacts in key order, a page at a time: p_limit (1 to 1,000) of
-- those behind p_after_phone_key, the last key of the page before; fewer than
-- p_limit is the last page. May narrow to linked ones or favourites, each by an
-- index of its own.
-- For the owner and service_role.
create function list_contacts(
  p_owner_id        uuid,
  p_limit           integer default 100,
  p_after_phone_key uuid    default null,
  p_linked_only     boolean default false,
  p_favorites_only  boolean default false)
returns setof contact_sync_contact
language plpgsql stable
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
  if not contact_sync_is_trusted_caller() then
    return query select o.* from contact_sync_own_list_contacts(p_owner_id, p_limit, p_after_phone_key, p_linked_only, p_favorites_only) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_range(p_limit, 1, 1000, 'p_limit',
                                   'Ask for the rest page by page: each begins after the last contact of the one before.');
  perform contact_sync_require(p_linked_only is not null, 'p_linked_only');
  perform contact_sync_require(p_favorites_only is not null, 'p_favorites_only');

  return query
    select c.phone_key, c.linked_user_id, c.is_favorite,
           c.last_interaction, c.created_at, c.updated_at
      from contact_sync_confirmed_contacts c
     where c.owner_id = p_owner_id
       and (c.phone_key > p_after_phone_key or p_after_phone_key is null)
       and (c.has_stored_link and c.linked_user_id is not null or not p_linked_only)
       and (c.is_favorite or not p_favorites_only)
     order by c.phone_key
     limit p_limit;
end
$$;


-- list_contacts() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_list_contacts(
  p_owner_id         uuid,
  p_limit            integer,
  p_after_phone_key uuid,
  p_linked_only      boolean,
  p_favorites_only   boolean)
returns setof contact_sync_contact
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return query select o.* from list_contacts(p_owner_id, p_limit, p_after_phone_key, p_linked_only, p_favorites_only) as o;
end
$$;


-- One contact of an owner, or no row.
-- For the owner and service_role.
create function find_contact(p_owner_id uuid, p_phone_key uuid)
returns setof contact_sync_contact
language plpgsql stable
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
  if not contact_sync_is_trusted_caller() then
    return query select o.* from contact_sync_own_find_contact(p_owner_id, p_phone_key) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  return query
    select c.phone_key, c.linked_user_id, c.is_favorite,
           c.last_interaction, c.created_at, c.updated_at
      from contact_sync_confirmed_contacts c
     where c.owner_id = p_owner_id
       and c.phone_key = p_phone_key;
end
$$;


-- find_contact() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_find_contact(
  p_owner_id uuid,
  p_phone_key uuid)
returns setof contact_sync_contact
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return query select o.* from find_contact(p_owner_id, p_phone_key) as o;
end
$$;


-- How many contacts an owner has, how many are linked, how many favourites:
-- the first as the status row counts them, so that no book is read for it.
-- For the owner and service_role.
create function summarize_contacts(
  p_owner_id uuid,
  out contacts_count  bigint,
  out linked_count    bigint,
  out favorites_count bigint)
language plpgsql stable
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
  if not contact_sync_is_trusted_caller() then
    select o.* into contacts_count, linked_count, favorites_count
      from contact_sync_own_summarize_contacts(p_owner_id) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  select coalesce((select s.contacts_count
                     from contact_sync_status s
                    where s.owner_id = p_owner_id), 0),
         (select pg_catalog.count(c.linked_user_id)
            from contact_sync_confirmed_contacts c
           where c.owner_id = p_owner_id
             and c.has_stored_link),
         (select count(*)
            from contacts_with_accounts c
           where c.owner_id = p_owner_id
             and c.is_favorite)
    into contacts_count, linked_count, favorites_count;
end
$$;


-- summarize_contacts() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_summarize_contacts(
  p_owner_id uuid,
  out contacts_count  bigint,
  out linked_count    bigint,
  out favorites_count bigint)
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  select o.* into contacts_count, linked_count, favorites_count
    from summarize_contacts(p_owner_id) as o;
end
$$;


-- An owner's last sync and stored contacts; 'never_synced' before the first.
-- For the owner and service_role.
create function get_sync_status(
  p_owner_id uuid,
  out sync_status            text,
  out contacts_count         integer,
  out last_sync_at           timestamptz,
  out last_sync_mode         text,
  out device_contacts_count  integer,
  out synced_contacts_count  integer,
  out matched_contacts_count integer,
  out last_error_code        text)
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    select o.* into sync_status, contacts_count, last_sync_at, last_sync_mode, device_contacts_count, synced_contacts_count, matched_contacts_count, last_error_code
      from contact_sync_own_get_sync_status(p_owner_id) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  select s.sync_status, s.contacts_count, s.last_sync_at, s.last_sync_mode,
         s.device_contacts_count, s.synced_contacts_count, s.matched_contacts_count, s.last_error_code
    into sync_status, contacts_count, last_sync_at, last_sync_mode,
         device_contacts_count, synced_contacts_count, matched_contacts_count, last_error_code
    from contact_sync_status s
   where s.owner_id = p_owner_id;

  if not found then
    sync_status := 'never_synced';
    contacts_count := 0;
  end if;
end
$$;


-- get_sync_status() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_get_sync_status(
  p_owner_id uuid,
  out sync_status            text,
  out contacts_count         integer,
  out last_sync_at           timestamptz,
  out last_sync_mode         text,
  out device_contacts_count  integer,
  out synced_contacts_count  integer,
  out matched_contacts_count integer,
  out last_error_code        text)
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  select o.* into sync_status, contacts_count, last_sync_at, last_sync_mode, device_contacts_count, synced_contacts_count, matched_contacts_count, last_error_code
    from get_sync_status(p_owner_id) as o;
end
$$;


-- The work of set_contact_favorite() and record_contact_interaction(), which have checked
-- their arguments (contact_sync_choose_place()): what is not NULL is chosen. Under the
-- owner's lock: a bulk insert writes back what it has read. A contact who is not there is
-- refused here, and with that the owner's row that the lock may have made: on Citus it would
-- stay if the caller refused.
create function contact_sync_change_choices(
  p_owner_id         uuid,
  p_phone_key        uuid,
  p_is_favorite      boolean,
  p_last_interaction timestamptz,
  p_key_number       text)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_lock_owners(array[p_owner_id]);
  if p_is_favorite is not null then
    update contacts_with_accounts c
       set is_favorite = p_is_favorite,
           updated_at = v_now
     where c.owner_id = p_owner_id
       and c.phone_key = p_phone_key
       and c.is_favorite <> p_is_favorite;
  end if;
  if p_last_interaction is not null then
    update contacts_with_accounts c
       set last_interaction = p_last_interaction,
           updated_at = v_now
     where c.owner_id = p_owner_id
       and c.phone_key = p_phone_key
       and (c.last_interaction is null or c.last_interaction < p_last_interaction);
  end if;
  if not exists (select 1
                   from contacts_with_accounts c
                  where c.owner_id = p_owner_id
                    and c.phone_key = p_phone_key
                  limit 1)
  then
    perform contact_sync_contact_missing();
  end if;
end
$$;


-- Marks a contact as favourite, or not. Returns the contact.
-- For the owner and service_role.
create function set_contact_favorite(
  p_owner_id    uuid,
  p_phone_key   uuid,
  p_is_favorite boolean)
returns contact_sync_contact
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_contact    contact_sync_contact;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_set_contact_favorite(p_owner_id, p_phone_key, p_is_favorite);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  perform contact_sync_require(p_is_favorite is not null, 'p_is_favorite');

  perform contact_sync_choose_place(p_owner_id);
  perform from contact_sync_change_choices(p_owner_id, p_phone_key, p_is_favorite, null::timestamptz, v_key_number);

  select f.* into v_contact from find_contact(p_owner_id, p_phone_key) as f;
  if not found then
    perform contact_sync_contact_missing();
  end if;
  return v_contact;
end
$$;


-- set_contact_favorite() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_set_contact_favorite(
  p_owner_id    uuid,
  p_phone_key   uuid,
  p_is_favorite boolean)
returns contact_sync_contact
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return set_contact_favorite(p_owner_id, p_phone_key, p_is_favorite);
end
$$;


-- Notes that the owner called or wrote to a contact, at p_at (NULL: now). An
-- earlier time than the one on record changes nothing. Returns the contact.
-- For the owner and service_role.
create function record_contact_interaction(
  p_owner_id  uuid,
  p_phone_key uuid,
  p_at        timestamptz default null)
returns contact_sync_contact
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_now        constant timestamptz := clock_timestamp();
  v_at         constant timestamptz := coalesce(p_at, v_now);
  v_contact    contact_sync_contact;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_record_contact_interaction(p_owner_id, p_phone_key, p_at);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  if not isfinite(p_at) or p_at > v_now + interval '1 day' then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: the time of the interaction must be finite and not more than a day ahead of the database''s clock';
  end if;

  perform contact_sync_choose_place(p_owner_id);
  perform from contact_sync_change_choices(p_owner_id, p_phone_key, null::boolean, v_at, v_key_number);

  select f.* into v_contact from find_contact(p_owner_id, p_phone_key) as f;
  if not found then
    perform contact_sync_contact_missing();
  end if;
  return v_contact;
end
$$;


-- record_contact_interaction() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_record_contact_interaction(
  p_owner_id  uuid,
  p_phone_key uuid,
  p_at        timestamptz)
returns contact_sync_contact
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return record_contact_interaction(p_owner_id, p_phone_key, p_at);
end
$$;


-- The work of delete_contacts(), and with NULL for the keys of delete_all_contacts(), which
-- have checked their arguments (contact_sync_choose_place()).
create function contact_sync_delete_keys(
  p_owner_id   uuid,
  p_phone_keys uuid[],
  p_key_number text)
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_deleted integer;
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_lock_owners(array[p_owner_id]);
  v_deleted := contact_sync_remove_contacts(p_owner_id, p_phone_keys, false);
  perform contact_sync_drop_new_owner(p_owner_id);
  return v_deleted;
end
$$;


-- Deletes some contacts of an owner and returns how many there were.
-- At most 10,000 a call.
-- For the owner and service_role.
create function delete_contacts(p_owner_id uuid, p_phone_keys uuid[])
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_deleted    integer;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_delete_contacts(p_owner_id, p_phone_keys);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_keys));
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');

  perform contact_sync_choose_place(p_owner_id);
  select s.deleted into v_deleted from contact_sync_delete_keys(p_owner_id, p_phone_keys, v_key_number) as s (deleted);
  return v_deleted;
end
$$;


-- delete_contacts() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_delete_contacts(
  p_owner_id uuid,
  p_phone_keys uuid[])
returns integer
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return delete_contacts(p_owner_id, p_phone_keys);
end
$$;


-- Empties an owner's book and returns how many contacts it held. Numbers the
-- owner verified stay in the directory.
-- For the owner and service_role.
create function delete_all_contacts(p_owner_id uuid)
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_deleted    integer;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_delete_all_contacts(p_owner_id);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_choose_place(p_owner_id);
  select s.deleted into v_deleted from contact_sync_delete_keys(p_owner_id, null::uuid[], v_key_number) as s (deleted);
  return v_deleted;
end
$$;


-- delete_all_contacts() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_delete_all_contacts(p_owner_id uuid)
returns integer
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return delete_all_contacts(p_owner_id);
end
$$;


insert into contact_sync_migrations (name, run_on) values ('016_read_and_change_contacts', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
