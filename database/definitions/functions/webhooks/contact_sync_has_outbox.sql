-- Whether changes of links are written to the outbox, for webhooks: whoever is
-- about to change stored links asks first, and then calls contact_sync_announce().
-- One look at one row. For service_role.
create function contact_sync_has_outbox()
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return coalesce((select s.has_outbox from contact_sync_settings s where s.only_row), false);
end
$$;
