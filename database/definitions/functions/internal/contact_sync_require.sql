-- Refuses a NULL argument by name. (A STRICT function would answer NULL
-- instead, which a caller takes for success.)
create function contact_sync_require(p_is_given boolean, p_argument text)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_is_given is not true then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: %s must not be null', p_argument);
  end if;
end
$$;
