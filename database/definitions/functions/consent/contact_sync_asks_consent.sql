-- Whether contact_sync_may_find() has to be asked about a user at all: whether there
-- is anybody who may not find them.
create function contact_sync_asks_consent(p_user_id uuid)
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return exists (select from contact_sync_consent c where c.user_id = p_user_id)
      or contact_sync_default_discoverable() <> 'everybody';
end
$$;
