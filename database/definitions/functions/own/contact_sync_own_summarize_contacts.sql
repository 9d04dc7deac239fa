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
