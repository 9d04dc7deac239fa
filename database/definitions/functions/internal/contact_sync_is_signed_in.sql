-- Whether the caller may speak for a user at all: only of authenticated and its
-- members are the claims believed. Anybody else who can reach a function could
-- have written them, with set_config(), by themself.
create function contact_sync_is_signed_in()
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return coalesce(pg_catalog.pg_has_role(contact_sync_caller(), pg_catalog.to_regrole('authenticated')::oid, 'usage'),
                  false);
end
$$;
