-- Refuses a number that is missing or out of the range that its argument has,
-- and says which range that is; p_hint says what to do.
create function contact_sync_check_range(
  p_value    integer,
  p_least    integer,
  p_most     integer,
  p_argument text,
  p_hint     text)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  perform contact_sync_require(p_value is not null, p_argument);
  if p_value < p_least or p_value > p_most then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: %s is %s; it must be from %s to %s',
                       p_argument, p_value, p_least, p_most),
      detail = pg_catalog.json_build_object('min', p_least, 'max', p_most)::text,
      hint = p_hint;
  end if;
end
$$;
