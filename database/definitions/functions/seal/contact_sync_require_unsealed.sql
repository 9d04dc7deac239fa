-- Refuses a sync from a phone in a database that is not recorded as unsealed.
create function contact_sync_require_unsealed()
returns void
language plpgsql stable
set search_path from current
as $$
begin
  if not exists (select from contact_sync_seal s where not s.is_sealed) then
    raise exception using
      errcode = 'YC007',
      message = 'NOT_ALLOWED: in a sealed database only the server syncs',
      hint = 'Sync through the service, or see use_unsealed() and what it costs.';
  end if;
end
$$;
