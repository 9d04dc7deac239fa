-- Refuses everybody but the owner, signed in.
create function contact_sync_require_own(p_owner_id uuid)
returns void
language plpgsql stable
set search_path from current
as $$
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  if not contact_sync_is_signed_in() or contact_sync_subject() is distinct from p_owner_id then
    raise exception using
      errcode = 'YC007',
      message = 'NOT_ALLOWED: these contacts are not the caller''s own',
      hint = 'A signed-in user may act for themself only; a back end calls with service_role.';
  end if;
end
$$;
