-- Writes a cursor: the number up to which changes were told, with the mark of a
-- moment of this history; where not all changes of that number were told, the
-- last contact who was; and whether it stands in a list of all links (r), at its
-- beginning where there is no contact, or of changes (c). list_contact_changes()
-- reads it.
create function contact_sync_cursor(
  p_mark      bigint,
  p_number    bigint,
  p_phone_key uuid,
  p_is_reset  boolean)
returns text
language plpgsql immutable
set search_path from current
as $$
begin
  return pg_catalog.format('1.%s.%s.%s.%s', p_mark, p_number,
                           replace(p_phone_key::text, '-', ''), case when p_is_reset then 'r' else 'c' end);
end
$$;
