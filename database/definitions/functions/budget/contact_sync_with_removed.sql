-- What was seen of a call (contact_sync_read_signs()), with what it has removed.
create function contact_sync_with_removed(p_signs jsonb, p_contacts_removed integer)
returns jsonb
language plpgsql immutable
set search_path from current
as $$
begin
  return jsonb_set(coalesce(p_signs, '{}'::jsonb), '{removed}'::text[], p_contacts_removed::text::jsonb);
end
$$;
