-- Who may learn that a user has an account, of those who have their number, and
-- whether that is the service's default, and not the user's choice.
-- For the owner and service_role.
create function get_discoverability(
  p_user_id uuid,
  out discoverable text,
  out is_default   boolean)
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    select o.discoverable, o.is_default into discoverable, is_default
      from contact_sync_own_get_discoverability(p_user_id) as o;
    return;
  end if;
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  discoverable := (select c.discoverable from contact_sync_consent c where c.user_id = p_user_id);
  is_default := discoverable is null;
  discoverable := coalesce(discoverable, contact_sync_default_discoverable());
end
$$;
