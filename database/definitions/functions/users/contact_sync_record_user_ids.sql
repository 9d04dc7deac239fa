-- Records, once, what the app calls its users: 'uuid', or 'text', and for texts the
-- secret that UUIDs are made of them with, sealed. Verifies it ever after; the library
-- does so at every start. Returns the secret that is recorded, which is the first one's.
-- A database that stores something of users already has them by UUIDs. To be called when
-- the key is recorded. For service_role.
create function contact_sync_record_user_ids(p_kind text, p_secret bytea)
returns bytea
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
  v_kind   text;
  v_secret bytea;
  v_is_new boolean;
begin
  perform contact_sync_require(p_kind is not null, 'p_kind');
  if p_kind not in ('uuid', 'text') or (p_kind = 'text') <> (p_secret is not null) then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_kind must be ''uuid'', without p_secret, or ''text'' with it',
      hint = 'The library makes the secret.';
  end if;
  if p_kind = 'text' and getdatabaseencoding() <> 'UTF8' then
    raise exception using
      errcode = 'YC015',
      message = pg_catalog.format('USER_IDS_MISMATCH: this database has the encoding %s, in which not every text can be stored', getdatabaseencoding()),
      hint = 'Use a database with the encoding UTF8.';
  end if;

  if exists (select from contact_sync_seal s where s.user_id_kind is null) then
    perform contact_sync_require_read_committed();
    -- Conflicts with all who record, and with whoever stores numbers before anything is
    -- recorded; not with readers.
    lock table contact_sync_seal in exclusive mode;
    v_is_new := not exists (select 1 from contact_sync_status)
            and not exists (select 1 from phones)
            and not exists (select 1 from contacts_with_accounts)
            and not exists (select 1 from contact_sync_consent)
            and not exists (select 1 from contact_sync_blocks);
    update contact_sync_seal s
       set user_id_kind = p_kind,
           user_id_secret = p_secret
     where s.user_id_kind is null
       and (p_kind = 'uuid' or s.is_sealed and v_is_new);
  end if;

  select s.user_id_kind, s.user_id_secret into v_kind, v_secret from contact_sync_seal s;
  if v_kind is distinct from p_kind then
    raise exception using
      errcode = 'YC015',
      message = case v_kind
                  when 'uuid' then 'USER_IDS_MISMATCH: in this database users are called by UUIDs, not by texts'
                  when 'text' then 'USER_IDS_MISMATCH: in this database users are called by texts, not by UUIDs'
                  else 'USER_IDS_MISMATCH: this database has users by UUIDs, from before anybody said what they are called by'
                end,
      hint = 'Set userIds (CONTACT_SYNC_USER_IDS) as it was at the first use; another kind takes an empty schema.';
  end if;
  return v_secret;
end
$$;
