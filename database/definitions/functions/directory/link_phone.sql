-- Links one verified number to a user. False when the directory said just so
-- already, user and time (NULL is now, another one); an older verification than the one on record is an error.
-- With p_announce false, without a notification to those who hold it. p_next_phone_key
-- as of link_phones().
-- The links of contacts follow by link_pending_phones(). For service_role.
create function link_phone(
  p_phone_key      uuid,
  p_user_id        uuid,
  p_verified_at    timestamptz default null,
  p_announce       boolean     default true,
  p_next_phone_key uuid        default null)
returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
  v_linked   integer;
  v_outdated integer[];
begin
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  select l.phones_linked, l.outdated_positions
    into v_linked, v_outdated
    from link_phones(array[p_phone_key], array[p_user_id], array[p_verified_at], p_announce,
                     case when p_next_phone_key is not null then array[p_next_phone_key] end) as l;

  if pg_catalog.cardinality(v_outdated) > 0 then
    raise exception using
      errcode = 'YC008',
      message = 'VERIFICATION_OUTDATED: the directory holds a newer verification of this number, or it was forgotten since',
      hint = 'Nothing was changed. Verify the number again to take it over.';
  end if;
  return v_linked > 0;
end
$$;
